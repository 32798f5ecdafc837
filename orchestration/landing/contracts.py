"""The columns of every delivery, held against those of the last one that its source had accepted.

`contract` says what becomes of a delivery whose columns are others: `evolve`, `freeze` or
`discard_row` (see `expectations.Contract`). Whatever it says, the difference is named.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from orchestration.landing.drift import Drift, drift
from orchestration.landing.errors import LandingError
from orchestration.landing.expectations import Contract
from orchestration.landing.headers import Header
from orchestration.landing.plan import FilePlan
from orchestration.landing.sources import SourcesConfig

LastHeader = Callable[[str, str], Header | None]
"""(source, entity) → the header of its last accepted delivery."""

_FATES = {
    Contract.EVOLVE: "kept in `extra`",
    Contract.FREEZE: "not expected",
    Contract.DISCARD_ROW: "rows that have a value in it go to quarantine",
}


@dataclass(frozen=True)
class Agreed:
    """A plan that keeps to the contracts; per entity the header to be remembered, and where there
    was one before what is different, as a message (empty: nothing)."""

    plan: FilePlan
    headers: Mapping[str, Header]
    differences: Mapping[str, str]


class Contracts:
    """Compares file after file, in the order in which they are opened."""

    def __init__(self, config: SourcesConfig, last: LastHeader) -> None:
        self.config, self._last = config, last
        self._accepted: dict[tuple[str, str], Header] = {}

    def agree(self, plan: FilePlan, header: Header, entities: Sequence[str]) -> Agreed:
        """The plan of a file for these entities, with what its contracts add to it.

        Raises `LandingError` for a delivery that a frozen contract does not take, and for a mapping
        that named a column and now is an expression, for that column is not there.
        """
        mapped = [entity for entity in plan.entities if entity.entity.name in entities]
        headers: dict[str, Header] = {}
        differences: dict[str, str] = {}
        unexpected: dict[str, tuple[str, ...]] = {}
        problems: list[str] = []
        for entity in mapped:
            name = entity.entity.name
            last = self._before(plan.source, name)
            found = drift(last, header, entity.as_written) if last else Drift("")
            contract = self.config.expected(plan.source, name).contract
            strange = tuple(new for new in found.added if new not in entity.source_columns)
            if last:
                fate = _FATES[contract] if strange else ""
                differences[name] = _message(header.file, found, fate) if found else ""
            problems += self._gone(plan.source, name, header.file, found)
            if found and contract is Contract.FREEZE:
                problems.append(self._refused(plan.source, name, differences[name]))
            if contract is Contract.DISCARD_ROW:
                unexpected[name] = strange
            agreed = None if contract is Contract.EVOLVE else entity.source_columns
            headers[name] = _to_remember(last, header, agreed)
        if problems:
            raise LandingError(*dict.fromkeys(problems))
        for name, remembered in headers.items():
            self._accepted[plan.source, name] = remembered
        return Agreed(_expecting(plan, unexpected), headers, differences)

    def hint(self, source: str, header: Header) -> str:
        """What is different in a file that cannot be planned; empty for nothing."""
        for entity in self.config.sources[source].entities:
            last = self._before(source, entity)
            if last and (found := drift(last, header, ())):
                return f" {_message(header.file, found)}"
        return ""

    def _before(self, source: str, entity: str) -> Header | None:
        return self._accepted.get((source, entity)) or self._last(source, entity)

    def _gone(self, source: str, entity: str, file: str, found: Drift) -> Iterator[str]:
        for column, text in self.config.sources[source].entities[entity].columns.items():
            if text in found.removed:
                where = self.config.place(source, "entities", entity, "columns", column)
                yield (
                    f"{where}: {entity}.{column} is mapped to {text!r}, which was a column of "
                    f"{found.since} and is none of {file}. {_message(file, found)}"
                )

    def _refused(self, source: str, entity: str, message: str) -> str:
        own = self.config.sources[source].entities[entity].contract
        where = ("entities", entity, "contract") if own else ("contract",)
        return (
            f"{message} {self.config.place(source, *where)} says `contract: freeze`, so nothing "
            "of it was landed. Have it delivered as before; to take it as it is, say "
            "`contract: evolve` for one run."
        )


def _message(file: str, found: Drift, fate_of_new: str = "") -> str:
    return f"{file}: other columns than in {found.since}: {found.words(fate_of_new)}."


def _to_remember(last: Header | None, now: Header, agreed: Collection[str] | None) -> Header:
    """What the next delivery is compared with: this one, or the columns that were agreed.

    `agreed`: columns that count as agreed besides those before; None: all that are there.
    """
    known = now.with_known_types(last)
    if agreed is None or last is None:
        return known
    columns = [known.by_name.get(column.name, column) for column in last.columns]
    if any(name in agreed and name not in last.by_name for name in known.names):
        taken = [one for one in known.columns if one.name in agreed or one.name in last.by_name]
        columns = [*taken, *(one for one in columns if one.name not in known.by_name)]
    return replace(known, file=last.file, columns=tuple(columns))


def _expecting(plan: FilePlan, unexpected: Mapping[str, tuple[str, ...]]) -> FilePlan:
    entities = tuple(
        replace(entity, unexpected=unexpected.get(entity.entity.name, ()))
        for entity in plan.entities
    )
    return replace(plan, entities=entities)
