"""Stage 2: identities become customers, one asset per table of the result."""

from collections.abc import Iterator

import dagster as dg

from orchestration.defs.landing import LEDGER
from orchestration.defs.resources import DataFolder
from orchestration.entities import ENTITIES
from orchestration.identity.tables import TABLES
from orchestration.stages import resolve_customers

_DESCRIPTIONS = {
    "customer_keys": "The key of every identity ever met.",
    "customer_members": "Who is one customer under several ids.",
    "customer_links": "What links two identities: rule, masked evidence, sources.",
    "customer_key_changes": "Merges and splits of customers, with their reasons.",
    "ignored_identifiers": "Shared, role and placeholder identifiers that join nobody.",
}


@dg.multi_asset(
    name="resolve",
    specs=[
        dg.AssetSpec(
            dg.AssetKey(["identity", table]),
            group_name="identity",
            description=_DESCRIPTIONS[table],
            kinds={"parquet"},
            deps=[LEDGER, *(dg.AssetKey(["landing", entity]) for entity in ENTITIES)],
        )
        for table in TABLES
    ],
    pool="warehouse",
)
def resolve(data_folder: DataFolder) -> Iterator[dg.MaterializeResult[None]]:
    """Matches identities over all sources and keeps the registry of customer keys."""
    found = resolve_customers(data_folder.settings())
    metadata = {
        "customer_keys": {"identities": found.identities, "customers": found.customers},
        "customer_links": {"links": found.links},
        "customer_key_changes": {"merged": found.merged, "split": found.split},
        "ignored_identifiers": {"identifiers": found.ignored},
    }
    for table in TABLES:
        yield dg.MaterializeResult(asset_key=["identity", table], metadata=metadata.get(table, {}))
