"""Identity: which records of CRMs and shops are one customer, and the key that customer keeps.

Landing views → normalised identifiers (`identifiers`, `phones`), less those that join nobody
(`guards`) → links with their evidence (`links`) → components (`graph`, `components`) → keys
(`keys`, `changes`, `registry`) → the tables that dbt reads (`tables`). `resolve` runs it all.
"""

from orchestration.identity.errors import IdentityError
from orchestration.identity.resolve import Resolution, resolve
from orchestration.identity.rules import Rules, load_rules
from orchestration.identity.tables import create_views

__all__ = ["IdentityError", "Resolution", "Rules", "create_views", "load_rules", "resolve"]
