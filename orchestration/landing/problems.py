"""What can be wrong with a record for an entity, in the order in which it is reported."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orchestration.entities import Column
from orchestration.landing import contract_sql as sql
from orchestration.landing.errors import Reason, listed
from orchestration.landing.plan import EntityPlan, Mapped, SourceColumn
from orchestration.sql import literals

_NOTHING = "cast(null as VARCHAR)"


@dataclass(frozen=True)
class Problem:
    """One thing that can be wrong with a record; `condition` and `value` are SQL over `judged`.

    `column` is the source's column where there is one, else the contract's.
    """

    condition: str
    value: str
    column: str
    personal: bool
    reason: Reason
    message: str


class ProblemFinder:
    """Names the problems of one entity in one frame.

    `converted`: the source columns that were converted when they were read → their places, which
    are in the names of `_bad<place>` and `_text<place>`.
    """

    def __init__(
        self,
        entity: EntityPlan,
        converted: Mapping[str, tuple[int, SourceColumn]],
        guarded: bool,
    ) -> None:
        self.entity, self.converted, self.guarded = entity, converted, guarded

    def can_raise(self, mapped: Mapped) -> bool:
        """Whether the expression is computed so that a failure is a problem of its record."""
        return self.guarded and mapped.source is None and bool(mapped.refers)

    def in_where(self) -> Iterator[Problem]:
        """Problems that leave open whether the record is wanted at all."""
        where = self.entity.where
        if where is None:
            return
        for name in where.refers:
            if name in self.converted:
                yield self._wrong_type(name)
        if self.can_raise(where):
            yield Problem(
                condition="_xw",
                value=_NOTHING,
                column="where",
                personal=True,
                reason=Reason.WRONG_TYPE,
                message=f"the `where` of {self.entity.entity.name} cannot be computed for this "
                "row; correct the row or the expression",
            )

    def in_shape(self) -> Iterator[Problem]:
        """Values in columns that are not expected to have any."""
        for place, name in enumerate(self.entity.unexpected):
            yield Problem(
                condition=f"_new{place} is not null",
                value=f"_new{place}",
                column=name,
                personal=True,
                reason=Reason.UNEXPECTED_COLUMN,
                message="has a value, and the deliveries before had no such column; take the "
                "column into the mapping, or say `contract: evolve` to keep it in `extra`",
            )

    def in_values(self) -> Iterator[Problem]:
        """Problems of wanted records."""
        judged = set(self.entity.where.refers) if self.entity.where else set()
        for number, mapped in enumerate(self.entity.mapped):
            for name in mapped.refers:
                if name in self.converted and name not in judged:
                    judged.add(name)
                    yield self._wrong_type(name)
            yield from self._of_value(number, mapped, mapped.contract)

    def unreadable(self, column: str) -> Iterator[str]:
        """SQL conditions under which a contract column's value cannot be made of the record."""
        for number, mapped in enumerate(self.entity.mapped):
            if mapped.contract.name == column:
                for name in mapped.refers:
                    if name in self.converted:
                        yield self._wrong_type(name).condition
                for problem in self._of_value(number, mapped, mapped.contract):
                    if problem.reason is Reason.WRONG_TYPE:
                        yield problem.condition

    def _wrong_type(self, name: str) -> Problem:
        place, column = self.converted[name]
        words = sql.TYPE_WORDS[column.type] if column.type else "readable"
        return Problem(
            condition=f"_bad{place}",
            value=f"_text{place}",
            column=name,
            personal=column.personal,
            reason=Reason.WRONG_TYPE,
            message=f"is not {words}; correct it in the file, or say how it is written "
            "(decimal, thousands, date_format, timestamp_format, types)",
        )

    def _of_value(self, number: int, mapped: Mapped, column: Column) -> Iterator[Problem]:
        value, raw = f"_v{number}", f"cast(_e{number} as VARCHAR)"
        label = f"{self.entity.entity.name}.{column.name}"

        def problem(condition: str, shown: str, reason: Reason, message: str) -> Problem:
            name = mapped.source or column.name
            return Problem(condition, shown, name, column.personal, reason, message)

        if self.can_raise(mapped):
            message = f"{mapped.text} cannot be computed for this row; correct the row or it"
            yield problem(f"_x{number}", _NOTHING, Reason.WRONG_TYPE, message)
        if mapped.stored != column.type:
            given = f"nullif(trim({raw}), '')" if mapped.stored == "VARCHAR" else raw
            message = (
                f"is not {sql.TYPE_WORDS[column.type]}, which {label} has to be; correct it in the "
                "file or in the mapping"
            )
            condition = f"{given} is not null and {value} is null"
            yield problem(condition, raw, Reason.WRONG_TYPE, message)
        if column.required:
            message = (
                f"is empty, and {label} is required; fill it in the source, or leave such rows out "
                "by a `where`"
            )
            yield problem(f"{value} is null", _NOTHING, Reason.MISSING_REQUIRED, message)
        if column.accepted:
            message = (
                f"is none of {listed(column.accepted)}, which {label} has to be; translate it in "
                "the mapping by a `case`"
            )
            condition = f"{value} not in ({literals(column.accepted)})"
            yield problem(condition, raw, Reason.NOT_ACCEPTED, message)
        if column.name == self.entity.entity.event_column and self.entity.entity.is_event:
            message = (
                "says that nobody knew the time; fill it in the source, or leave such rows out by "
                "a `where`"
            )
            shown = f"cast({value} as VARCHAR)"
            condition = sql.is_no_event(value, column.type)
            yield problem(condition, shown, Reason.IMPLAUSIBLE_DATE, message)
        remedy = sql.POSITIVE.get((self.entity.entity.name, column.name))
        if remedy:
            message = f"is not above zero. {remedy}"
            yield problem(
                f"{value} <= 0", f"cast({value} as VARCHAR)", Reason.NOT_POSITIVE, message
            )
