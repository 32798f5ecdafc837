"""The columns of every delivery, held against those of the last one that its source had accepted.

`contract` says what becomes of a delivery whose columns are others: `evolve`, `freeze` or
`discard_row` (see `expectations.Contract`). Whatever it says, the difference is named.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from orchestration.landing.drift import Drift, drift
from orchestration.landing.errors import LandingError
from orchestration.landing.expectations import Contract
from orchestration.landing.header_columns import TEXTS
from orchestration.landing.headers import Header
from orchestration.landing.plan import EntityPlan, FilePlan
from orchestration.landing.sources import SourcesConfig

LastHeader = Callable[[str, str], Header | None]
"""(source, entity) → the header of its last accepted delivery."""
HeaderOfContent = Callable[[str, str, str], Header | None]
"""(source, entity, content hash) → the header under which this content was accepted before."""

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

    def __init__(
        self, config: SourcesConfig, last: LastHeader, of_content: HeaderOfContent
    ) -> None:
        self.config, self._last, self._of_content = config, last, of_content
        self._accepted: dict[tuple[str, str], Header] = {}

    def agree(
        self, plan: FilePlan, header: Header, entities: Sequence[str], content_hash: str
    ) -> Agreed:
        """The plan of a file for these entities, with what its contracts add to it.

        What has landed before under another mapping is compared with what it was then: nothing
        about it is new but the mapping, and the next delivery is not compared with it.

        Raises `LandingError` for a delivery that a frozen contract does not take, and for a mapping
        that named a column and now is an expression, for that column is not there.
        """
        mapped = [entity for entity in plan.entities if entity.entity.name in entities]
        headers: dict[str, Header] = {}
        differences: dict[str, str] = {}
        unexpected: dict[str, tuple[str, ...]] = {}
        new: dict[tuple[str, str], Header] = {}
        problems: list[str] = []
        for entity in mapped:
            name = entity.entity.name
            former = self._of_content(plan.source, name, content_hash)
            last = former or self._before(plan.source, name)
            found = drift(last, header, entity.as_written) if last else Drift("")
            contract = self.config.expected(plan.source, name).contract
            strange = tuple(new for new in found.added if new not in entity.source_columns)
            if former and not strange:
                differences[name] = ""
            elif last:
                differences[name] = _difference(header.file, found, entity, contract)
            problems += self._gone(plan.source, name, header.file, found)
            if found.breaks and contract is Contract.FREEZE:
                problems.append(self._refused(plan.source, name, differences[name]))
            if contract is Contract.DISCARD_ROW:
                unexpected[name] = strange
            agreed = None if contract is Contract.EVOLVE else entity.source_columns
            headers[name] = _to_remember(last, header, agreed)
            if former is None:
                new[plan.source, name] = headers[name]
        if problems:
            raise LandingError(*dict.fromkeys(problems))
        self._accepted |= new
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


def _difference(file: str, found: Drift, entity: EntityPlan, contract: Contract) -> str:
    """What is different in a delivery of an entity, and what that does to it; empty for nothing."""
    if not found:
        return ""
    fates = {
        name: "mapped" if name in entity.source_columns else _FATES[contract]
        for name in found.added
    }
    for one in found.new_names:
        if contract is Contract.FREEZE or (one.path[0] in entity.in_extra):
            fate = Contract.FREEZE if contract is Contract.FREEZE else Contract.EVOLVE
            fates[one.column.name] = _FATES[fate]
    return " ".join([_message(file, found, fates), *_emptied(found, entity)])


def _emptied(found: Drift, entity: EntityPlan) -> Iterator[str]:
    """The contract columns that are made of names that are gone."""
    for lost in found.lost_names:
        column, *names = lost.path
        asks = re.compile(r"\W(.*\W)?".join(rf"\b{re.escape(name)}\b" for name in names), re.DOTALL)
        for mapped in (*entity.mapped, *([entity.where] if entity.where else [])):
            if column in mapped.refers and mapped.source is None and asks.search(mapped.text):
                label = mapped.column.name if mapped.column else "where"
                yield (
                    f"{entity.entity.name}.{label} ({mapped.text}) asks for "
                    f"{lost.column.name!r} and is empty wherever nothing else gives it."
                )


def _message(file: str, found: Drift, fates: Mapping[str, str] | None = None) -> str:
    since = "when it came last" if found.since == file else f"in {found.since}"
    return f"{file}: other columns than {since}: {found.words(fates)}."


def _to_remember(last: Header | None, now: Header, agreed: Collection[str] | None) -> Header:
    """What the next delivery is compared with: this one, or the columns that were agreed.

    `agreed`: columns that count as agreed besides those before; None: all that are there.
    """
    known = now.with_what_was_known(last)
    if agreed is None or last is None:
        return known
    # Texts may be anything: what is agreed of them does not become less.
    columns = [
        column if column.type == TEXTS else known.by_name.get(column.name, column)
        for column in last.columns
    ]
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
