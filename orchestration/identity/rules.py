"""By which rules identities are joined: variables of `dbt_project.yml` and two seeds."""

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from orchestration.identity.errors import IdentityError
from orchestration.identity.overrides import FILE as OVERRIDES
from orchestration.identity.overrides import JOIN, Override, read_overrides
from orchestration.landing.erased import Carried, ErasureList
from orchestration.parameters import load_variables
from orchestration.settings import DBT_PROJECT

GUARDS = "identity_guards.csv"
GUARD_COLUMNS = ("kind", "value", "guard")
GUARD_KINDS = ("mailbox", "email", "phone", "external_id")


@dataclass(frozen=True)
class Rules:
    """What is joined and what is not.

    `guards`: (kind, value) → why it joins nobody; kinds are a mailbox (what stands before the @), a
    whole address, a telephone number in E.164, an external id.
    """

    unit_of_analysis: str = "person"
    max_shared_identity: int = 3
    """An identifier that more persons than this carry joins nobody."""
    max_household_size: int = 8
    """A family name at an address that more persons than this carry is no household."""
    guards: Mapping[tuple[str, str], str] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    kept_units: tuple[tuple[str, str], ...] = ()
    """Pairs of ids that belong to one unit of analysis, though no data say so any more."""
    carried: tuple[Carried, ...] = ()
    """What erased people carried, as it stands on the erasure list: it counts still."""
    erasure_key: bytes = field(default=b"", repr=False)
    """Of the hashes in `carried`."""

    @property
    def fingerprint(self) -> str:
        """Changes when anything does that the result depends on."""
        text = repr((
            self.unit_of_analysis, self.max_shared_identity, self.max_household_size,
            sorted(self.guards.items()), self.overrides, self.kept_units,
            self.carried,
        ))  # fmt: skip
        return hashlib.sha256(text.encode()).hexdigest()


def load_rules(project: Path = DBT_PROJECT) -> Rules:
    """The rules of the dbt project.

    Raises `SettingsError` for variables, `IdentityError` for seeds that cannot be followed.
    """
    variables = load_variables(project)
    return Rules(
        unit_of_analysis=variables.unit_of_analysis,
        max_shared_identity=variables.max_shared_identity,
        max_household_size=variables.max_household_size,
        guards=read_guards(project / "seeds" / GUARDS),
        overrides=read_overrides(project / "seeds" / OVERRIDES),
    )


def with_erased(rules: Rules, erased: ErasureList) -> Rules:
    """The same rules after erasures: what was decided of ids holds of their pseudonyms, and what
    was one person, household or company stays one, though nothing in the data says so any more. Who
    carried what others carry too is counted with them.
    """
    decided = [
        replace(one, first=first, second=second)
        for one in rules.overrides
        for first, second in [
            sorted(erased.pseudonym_of(name) or name for name in (one.first, one.second))
        ]
    ]
    joins = [
        Override(first, second, JOIN, "one person when erased", 0)
        for first, second in erased.joins()
    ]
    units = [
        (one.member, one.other)
        for person in erased.persons
        for one in person.units
        if one.unit == rules.unit_of_analysis
    ]
    return replace(
        rules,
        overrides=(*decided, *joins),
        kept_units=tuple(units),
        carried=tuple(one for person in erased.persons for one in person.carried),
        erasure_key=erased.key,
    )


def read_guards(path: Path) -> dict[tuple[str, str], str]:
    """(kind, value) → guard, from the seed. Raises `IdentityError` naming lines and problems."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    if not rows or tuple(rows[0]) != GUARD_COLUMNS:
        raise IdentityError(f"seeds/{GUARDS}: the first line has to be {','.join(GUARD_COLUMNS)}.")
    guards: dict[tuple[str, str], str] = {}
    problems: list[str] = []
    for line, row in enumerate(rows[1:], start=2):
        if not any(row):
            continue
        if len(row) != len(GUARD_COLUMNS) or not all(cell.strip() for cell in row):
            problems.append(f"seeds/{GUARDS} line {line}: three cells are needed, none empty.")
        elif row[0] not in GUARD_KINDS:
            kinds = ", ".join(GUARD_KINDS)
            problems.append(
                f"seeds/{GUARDS} line {line}: kind is {row[0]!r}; write one of {kinds}."
            )
        elif row[0] == "phone" and not row[1].startswith("+"):
            problems.append(
                f"seeds/{GUARDS} line {line}: write the number with + and the calling code."
            )
        else:
            guards[row[0], row[1].lower()] = row[2]
    if problems:
        raise IdentityError(*problems)
    return guards
