"""The SQL that judges a frame's records for one entity: accepted, filtered, or rejected and why.

Three steps: `typed` (source columns in their types), `mapped` (the mapping's expressions) and
`judged` (contract values and a verdict: -1 filtered, 0 accepted, n the n-th problem). A record is
judged by the columns that the entity uses: what is wrong in others does not concern it.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from orchestration.entities import CUSTOMER_IDS, ORDER_IDS, Column, Type
from orchestration.landing import contract_sql as sql
from orchestration.landing.amounts import NO_TEXT, Money, summing_sql
from orchestration.landing.countries import COUNTRIES_TABLE
from orchestration.landing.plan import EntityPlan, FilePlan, Mapped
from orchestration.landing.problems import Problem, ProblemFinder
from orchestration.landing.readers.base import ROW, Frame
from orchestration.landing.sources import SHARED_IDS
from orchestration.sql import literal, quoted

_COMPUTED = {"extra": "_extra", ROW: ROW}

FRAME = "frame"
"""The name under which the frame in work is registered."""


@dataclass(frozen=True)
class FrameFacts:
    """What one look at a frame found: texts with blanks around them, spans of naive times."""

    to_trim: frozenset[str] = frozenset()
    spans: Mapping[str, tuple[datetime, datetime]] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """An entity of a file's plan."""

    plan: FilePlan
    entity: EntityPlan


@dataclass(frozen=True)
class JudgeSql:
    """The queries over one frame for one entity. `problems[n - 1]` is verdict n."""

    read: str | None
    """All records, not yet judged, as `summing_sql` gives them; None where they move no money."""
    fates: str
    """The same by fate: -1 filtered, 0 accepted, 1 rejected."""
    accepted: str
    """The landed columns (`EntityPlan.landed`) of the accepted records."""
    rejected: str
    """`_row`, `_verdict`, `value` (text), `raw` (JSON of the record), `row_key` (JSON, NULL where
    rows are told apart by their numbers) of the rejected records."""
    problems: tuple[Problem, ...]


def frame_source(frame: Frame) -> str:
    """SQL: what a frame is selected from."""
    if isinstance(frame.table, Path):
        return (
            f"(select *, file_row_number + 1 as {ROW} "
            f"from read_parquet({literal(str(frame.table))}, file_row_number = true, "
            "binary_as_string = true))"
        )
    return FRAME


def facts_sql(plan: FilePlan, frame: Frame) -> tuple[str, list[str], list[str]] | None:
    """SQL for one row: has blanks per text column, then least and greatest per naive time.

    Returns it with the names of the text columns and of the time columns; None for nothing to ask.
    """
    texts = [
        name
        for name, stored in frame.stored.items()
        if stored == "VARCHAR" and frame.may_have_blanks
    ]
    times = [
        column.name
        for column in plan.columns
        if column.type is Type.TIMESTAMP and frame.stored[column.name] == "TIMESTAMP"
    ]
    asked = [f"bool_or({sql.has_blanks(quoted(name))})" for name in texts]
    for name in times:
        asked += [f"min({quoted(name)})", f"max({quoted(name)})"]
    if not asked:
        return None
    return f"select {', '.join(asked)} from {frame_source(frame)}", texts, times


class Judge:
    """Writes the queries that judge one frame for one entity.

    `lineage`: values of `_source`, `_batch`, `_file`. `guarded`: an expression that raises for a
    record rejects that record, at some cost; else it stops the query.
    """

    def __init__(
        self,
        task: Task,
        frame: Frame,
        facts: FrameFacts,
        lineage: Mapping[str, str],
        guarded: bool = False,
    ) -> None:
        self.plan, self.entity, self.frame, self.facts = task.plan, task.entity, frame, facts
        self.lineage, self.guarded = lineage, guarded
        self.columns = {column.name: place for place, column in enumerate(self.plan.columns)}
        self.find = ProblemFinder(
            self.entity,
            {
                name: (place, self.plan.by_name[name])
                for name, place in self.columns.items()
                if self._is_converted(name)
            },
            guarded,
        )
        self.of_where = tuple(self.find.in_where())
        self.problems = (*self.of_where, *self.find.in_shape(), *self.find.in_values())

    def queries(self) -> JudgeSql:
        """All queries over the frame."""
        judged = self._judged()
        cases = " ".join(
            f"when {n} then {problem.value}" for n, problem in enumerate(self.problems, 1)
        )
        value = f"case _verdict {cases} end" if cases else "cast(null as VARCHAR)"
        needs_filter = self.problems or self.entity.where
        money = self._money()
        return JudgeSql(
            read=f"{self._counted()} {summing_sql('counted', money)}"
            if self.entity.entity.amount
            else None,
            fates=f"{judged} {summing_sql('judged', money, fate='sign(_verdict)')}",
            accepted=f"{judged} select {', '.join(self._landed())} from judged"
            + (" where _verdict = 0" if needs_filter else ""),
            rejected=f"{judged} select {ROW}, cast(_verdict as INTEGER) as _verdict, "
            f"{value} as value, _raw as raw, {self._row_key()} as row_key "
            "from judged where _verdict > 0",
            problems=self.problems,
        )

    def _row_key(self) -> str:
        if not self.plan.key:
            return "cast(null as VARCHAR)"
        pairs = (
            f"{literal(name)}, json_extract(_raw, {literal(_pointer(name))})"
            for name in self.plan.key
        )
        return f"cast(json_object({', '.join(pairs)}) as VARCHAR)"

    def _judged(self) -> str:
        conditions = [
            f"when {problem.condition} then {n}" for n, problem in enumerate(self.problems, 1)
        ]
        if self.entity.where:
            conditions.insert(len(self.of_where), "when not _keep then -1")
        verdict = f"case {' '.join(conditions)} else 0 end" if conditions else "0"
        return (
            f"{self._read()}, "
            f"valued as (select mapped.*, {', '.join(self._valued())} from mapped"
            f"{''.join(self._country_joins())}), "
            f"judged as (select *, {verdict} as _verdict from valued)"
        )

    def _read(self) -> str:
        return (
            f"with typed as (select {', '.join(self._typed())} from {frame_source(self.frame)}), "
            f"mapped as (select {', '.join(self._mapped())} from typed)"
        )

    # money: what a record moves, whatever becomes of it

    def _money(self) -> Money:
        numbers = {mapped.contract.name: n for n, mapped in enumerate(self.entity.mapped)}
        amount = self.entity.entity.amount
        is_mapped = set(amount) <= set(numbers)
        return Money(
            tuple(f"_v{numbers[name]}" for name in amount) if is_mapped else (),
            f"_v{numbers['currency']}" if "currency" in numbers else NO_TEXT,
            self.entity.varies("currency"),
            tuple(condition for name in amount for condition in self.find.unreadable(name)),
        )

    def _counted(self) -> str:
        """All records as they were read, with the values that money is made of."""
        values = self._valued({*self.entity.entity.amount, "currency"})
        return f"{self._read()}, counted as (select {', '.join(['mapped.*', *values])} from mapped)"

    # typed: every source column that the entity uses, and its text where it was converted

    def _is_converted(self, name: str) -> bool:
        wanted = self.plan.by_name[name].type
        stored = self.frame.stored[name]
        if (
            wanted is None
            or wanted is Type.TEXT
            or (wanted == stored and not sql.may_be_infinite(wanted))
        ):
            return False
        return name not in self.facts.spans  # of these, all are known to be finite

    def _stays_json(self, name: str) -> bool:
        """Whether a value goes to `extra` with the type that it has in JSON."""
        return self.frame.stored[name] == "JSON" and name not in self.entity.source_columns

    def _typed(self) -> Iterator[str]:
        yield ROW
        for name, position in self.columns.items():
            stored, wanted = self.frame.stored[name], self.plan.by_name[name].type
            raw = quoted(name)
            if name in self.facts.to_trim:
                raw = sql.trimmed(raw)
            span = self.facts.spans.get(name)
            if wanted is None:
                value = raw
            elif self._stays_json(name):
                value = f"cast({raw} as JSON)"
            else:
                value = sql.converted(raw, stored, wanted, self.frame.dialect.of((name,)), span)
            yield f"{value} as {quoted(name)}"
            if self._is_converted(name):
                yield f"{raw} as _raw{position}"

    # mapped: expressions (_e), what raised (_x), the where (_keep), what is not mapped (extra)

    def _mapped(self) -> Iterator[str]:
        yield ROW
        for name, position in self.columns.items():
            if self._is_converted(name):
                bad = f"_raw{position} is not null and {quoted(name)} is null"
                yield f"({bad}) as _bad{position}"
                yield f"cast(_raw{position} as VARCHAR) as _text{position}"
        for place, name in enumerate(self.entity.unexpected):
            text = f"cast({quoted(name)} as VARCHAR)"
            if self.frame.stored[name] == "JSON":
                text = f"nullif({text}, 'null')"
            yield f"{text} as _new{place}"
        for number, mapped in enumerate(self.entity.mapped):
            yield f"{self._guarded(mapped)} as _e{number}"
            if self.find.can_raise(mapped):
                yield f"(try({mapped.expression} is null) is null) as _x{number}"
        where = self.entity.where
        if where:
            yield f"coalesce(cast({self._guarded(where)} as BOOLEAN), false) as _keep"
            if self.find.can_raise(where):
                yield f"(try({where.expression} is null) is null) as _xw"
        yield f"{self._extra()} as _extra"
        as_read = ", ".join(
            f"{literal(name)}, {f'_raw{n}' if self._is_converted(name) else quoted(name)}"
            for name, n in self.columns.items()
        )
        yield f"cast(json_object({as_read}) as VARCHAR) as _raw"
        if self._key_is_of_rows:
            texts = (
                f"coalesce(cast({quoted(name)} as VARCHAR), chr(30))" for name in self.plan.key
            )
            source = literal(self.plan.source)
            yield f"md5(concat_ws(chr(31), {source}, {', '.join(texts)})) as _key"

    @property
    def _key_is_of_rows(self) -> bool:
        """Whether the key that the mapping does not give is made of what tells the rows apart."""
        return self.entity.makes_key and bool(self.plan.key)

    def _guarded(self, mapped: Mapped) -> str:
        return f"try({mapped.expression})" if self.find.can_raise(mapped) else mapped.expression

    def _extra(self) -> str:
        if not self.entity.in_extra:
            return "cast(null as JSON)"
        pairs = (f"{literal(name)}, {self._in_extra(name)}" for name in self.entity.in_extra)
        return f"json_object({', '.join(pairs)})"

    def _in_extra(self, name: str) -> str:
        """A value in `extra`; objects that expressions take for texts are objects there."""
        text = quoted(name)
        wanted, stored = self.plan.by_name[name].type, self.frame.stored[name]
        is_text = wanted is Type.TEXT or (wanted is None and stored == "VARCHAR")
        if name not in self.entity.objects or not is_text:
            return text
        return f"case when json_valid({text}) then cast({text} as JSON) else to_json({text}) end"

    # valued: contract values (_v)

    def _valued(self, columns: Container[str] | None = None) -> Iterator[str]:
        for number, mapped in enumerate(self.entity.mapped):
            column = mapped.contract
            if columns is None or column.name in columns:
                yield f"{self._value(number, mapped, column)} as _v{number}"

    def _value(self, number: int, mapped: Mapped, column: Column) -> str:
        value = self._converted(number, mapped, column)
        if column.accepted:
            return f"lower({value})"
        if column.is_currency:
            return f"upper({value if mapped.refers else sql.trimmed(value)})"
        if column.is_country:
            return f"coalesce(_k{number}.alpha2, {value})"
        for names, numbering in (
            (CUSTOMER_IDS, self.plan.customer_ids),
            (ORDER_IDS, self.plan.order_ids),
        ):
            if column.name in names and numbering != SHARED_IDS:
                return f"{literal(f'{numbering}:')} || {value}"
        return value

    def _converted(self, number: int, mapped: Mapped, column: Column) -> str:
        value, stored = f"_e{number}", mapped.stored
        if stored == "VARCHAR" and mapped.source is None and mapped.refers:
            value = sql.trimmed(value)
        if stored == column.type:
            return value
        return sql.converted(value, stored, column.type, self.frame.dialect.of(mapped.refers))

    def _country_joins(self) -> Iterator[str]:
        for number, mapped in enumerate(self.entity.mapped):
            column = mapped.contract
            if column.is_country:
                value = self._converted(number, mapped, column)
                yield (
                    f" left join {COUNTRIES_TABLE} as _k{number} "
                    f"on _k{number}.name = lower({value})"
                )

    # the landed row

    def _landed(self) -> Iterator[str]:
        numbers = {mapped.contract.name: n for n, mapped in enumerate(self.entity.mapped)}
        for column in self.entity.landed:
            if column.name in self.lineage:
                value = _constant(self.lineage[column.name])
            elif column.key and self.entity.makes_key:
                value = f"cast({self._made_key(numbers)} as {column.type})"
            elif column.name in numbers:
                value = f"cast(_v{numbers[column.name]} as {column.type})"
            else:
                value = f"cast({_COMPUTED[column.name]} as {column.type})"
            yield f"{value} as {quoted(column.name)}"

    def _made_key(self, numbers: Mapping[str, int]) -> str:
        """md5 of all mapped values in the order of the contract: stable across engine versions."""
        if self._key_is_of_rows:
            return "_key"
        texts = []
        for column in self.entity.entity.columns:
            if column.name in numbers:
                value = f"_v{numbers[column.name]}"
                if column.type is Type.TIMESTAMP:  # as text it would depend on the time zone
                    value = f"epoch_us({value})"
                texts.append(f"coalesce(cast({value} as VARCHAR), chr(30))")
        return f"md5(concat_ws(chr(31), {', '.join(texts)}))"


def _pointer(name: str) -> str:
    """The JSON pointer of a top-level name."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _constant(text: str) -> str:
    """SQL: a text that is the same in all rows, as ENUM.

    In Parquet that is a text like others, but its one value is not looked up anew for every row,
    which took a fifth of the time of writing.
    """
    return f"cast({literal(text)} as ENUM ({literal(text)}))"
