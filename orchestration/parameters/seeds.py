"""What the rows of each seed may hold, and what its rows must hold together.

Each seed has a model of its row; what a row alone cannot say is a function of the whole table.
The seeds `identity_guards` and `identity_overrides` are checked where they are read, in identity.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from orchestration.landing.errors import did_you_mean
from orchestration.parameters.fields import what_to_write
from orchestration.parameters.rows import (
    CHANNELS,
    MARGIN_BANDS,
    QUADRANTS,
    BenchmarkRow,
    ExchangeRateRow,
    InteractionCostRow,
    PlaybookRow,
    RelationshipLevelRow,
    RfmSegmentRow,
    SegmentPlaybookRow,
    SegmentSettingsRow,
    ServiceTierRuleRow,
)
from orchestration.parameters.seed_file import SeedTable, read_seeds
from orchestration.parameters.variables import Variables
from orchestration.settings import DBT_PROJECT

R = TypeVar("R", bound=BaseModel)


def seed_tables(project: Path = DBT_PROJECT) -> list[SeedTable]:
    """All seeds that can be read, by name."""
    return read_seeds(project / "seeds")[0]


def seed_problems(project: Path, variables: Variables | None) -> list[str]:
    """What is wrong with the seeds of the project; one line per problem with place and remedy.

    `variables`: those in force, which choose among the rows; None where they cannot be used.
    """
    tables, problems = read_seeds(project / "seeds")
    for table in tables:
        rule = RULES.get(table.name)
        if rule is None:
            continue
        rows, wrong = _parsed(table, rule)
        problems += wrong
        if not wrong:  # else a table that is whole would be said to lack the row that is wrong
            problems += [f"{table.file}{problem}" for problem in rule.problems(rows)]
        if table.name in ("segment_playbook", "segment_settings"):
            segments = {path.stem for path in (project / "models" / "segments").glob("*.sql")}
            problems += _unknown_segments(table, segments)
            if table.name == "segment_playbook":
                problems += _segments_without_plays(table, segments)
        if table.name == "retention_benchmarks" and variables:
            problems += _no_benchmarks(table, variables)
    return problems


def _no_benchmarks(table: SeedTable, variables: Variables) -> list[str]:
    """Whether the seed has the benchmarks that the variables choose."""
    chosen = (variables.benchmark_industry, variables.benchmark_grain)
    known = {
        (row["benchmark_industry"] or "", row["benchmark_grain"] or "")
        for row in table.rows.values()
    }
    if chosen in known:
        return []
    listed = ", ".join(" by ".join(one) for one in sorted(known)) or "none"
    near = did_you_mean(chosen[0], {industry for industry, _ in known} - {chosen[0]})
    return [
        f"dbt_project.yml: benchmark_industry {chosen[0]!r} with benchmark_grain {chosen[1]!r} has "
        f"no row in {table.file}, which has {listed}. Choose one of these or add a row.{near}"
    ]


@dataclass(frozen=True)
class Rule(Generic[R]):
    """What a seed's row is, which columns no two rows share, and what the rows hold together.

    `check` takes the rows by the line they stand in, and gives what is wrong with all of them
    together, one line per problem, without the file's name.
    """

    row: type[R]
    key: tuple[str, ...]
    check: Callable[[Mapping[int, R]], Iterator[str]] | None = None

    def problems(self, rows: Mapping[int, R]) -> Iterator[str]:
        seen: dict[tuple[object, ...], int] = {}
        for line, row in rows.items():
            key = tuple(getattr(row, name) for name in self.key)
            first = seen.setdefault(key, line)
            if first != line:
                shown = ", ".join(f"{name} {getattr(row, name)}" for name in self.key)
                yield f" line {line}: {shown} stands in line {first} already; keep one of them."
        if self.check:
            yield from self.check(rows)


def _parsed(table: SeedTable, rule: Rule[R]) -> tuple[Mapping[int, R], list[str]]:
    rows: dict[int, R] = {}
    problems: list[str] = []
    for line, cells in table.rows.items():
        try:
            rows[line] = rule.row.model_validate(cells)
        except ValidationError as error:
            names = dict.fromkeys(str(one["loc"][0]) for one in error.errors())
            problems += [
                f"{table.at(line)}: {name} is {repr(cells[name]) if cells[name] else 'empty'}; "
                f"write {what_to_write(rule.row.model_fields[name]).text}."
                for name in names
            ]
    return rows, problems


def _lacking(
    rows: Mapping[int, BaseModel], names: Sequence[str], wanted: Iterator[tuple[object, ...]]
) -> Iterator[str]:
    present = {tuple(getattr(row, name) for name in names) for row in rows.values()}
    for one in wanted:
        if one not in present:
            shown = ", ".join(f"{name} {value}" for name, value in zip(names, one, strict=True))
            yield f": there is no row for {shown}; add one."


def _all_channels(rows: Mapping[int, InteractionCostRow]) -> Iterator[str]:
    for problem in _lacking(rows, ["channel"], product(CHANNELS)):
        yield problem.replace("add one.", "add one, with 0 where it costs nothing.")


def _all_quadrants(rows: Mapping[int, PlaybookRow]) -> Iterator[str]:
    yield from _lacking(rows, ["quadrant"], product(QUADRANTS))
    for line, row in rows.items():
        if (row.loyalty, row.profitability) != QUADRANTS[row.quadrant]:
            loyalty, profitability = QUADRANTS[row.quadrant]
            yield (
                f" line {line}: quadrant {row.quadrant} is of {loyalty} loyalty and "
                f"{profitability} profitability; the quadrants cannot be defined anew."
            )


def _all_scores(rows: Mapping[int, RfmSegmentRow]) -> Iterator[str]:
    scores = range(1, 6)
    yield from _lacking(rows, ["recency_score", "frequency_score"], product(scores, scores))


def _all_bands(rows: Mapping[int, RelationshipLevelRow]) -> Iterator[str]:
    """Every size of a customer type has one least number, one of them 0, and all margin bands."""
    least: dict[str, int] = {}
    for line, row in rows.items():
        first = least.setdefault(row.customers_band, row.min_customers)
        if first != row.min_customers:
            yield (
                f" line {line}: min_customers of band {row.customers_band!r} is "
                f"{row.min_customers}, but {first} further up; write the same in all its rows."
            )
    if 0 not in least.values():
        yield ": no band has min_customers 0; let one begin there, or small types have no level."
    for number, times in Counter(least.values()).items():
        if times > 1:
            bands = " and ".join(repr(band) for band in least if least[band] == number)
            yield f": {bands} both begin at min_customers {number}; give each its own."
    yield from _lacking(rows, ["customers_band", "margin_band"], product(least, MARGIN_BANDS))


def _ranges(rows: Mapping[int, BenchmarkRow]) -> Iterator[str]:
    for line, row in rows.items():
        if row.low_below > row.excellent_from:
            yield (
                f" line {line}: low_below is {row.low_below:g}, above excellent_from "
                f"({row.excellent_from:g}); write at most that."
            )


def _holdouts_and_caps(rows: Mapping[int, SegmentSettingsRow]) -> Iterator[str]:
    for line, row in rows.items():
        if row.holdout_bps and not row.salt_id:
            yield f" line {line}: holdout_bps is {row.holdout_bps} without a salt_id; name one."
        if (row.cap is None) != (row.cap_days is None):
            yield f" line {line}: cap and cap_days belong together; give both or neither."


def _unknown_segments(table: SeedTable, segments: set[str]) -> list[str]:
    return [
        f"{table.at(line)}: there is no segment {cells['segment']!r}; correct the name or take the "
        f"row out.{did_you_mean(str(cells['segment']), segments)}"
        for line, cells in table.rows.items()
        if cells["segment"] is not None and cells["segment"] not in segments
    ]


def _segments_without_plays(table: SeedTable, segments: set[str]) -> list[str]:
    named = {cells["segment"] for cells in table.rows.values()}
    return [
        f"{table.file}: there is no row for the segment {segment}; add one that says why a "
        "customer is in it and what to do."
        for segment in sorted(segments - named)
    ]


def _both_languages(rows: Mapping[int, SegmentPlaybookRow]) -> Iterator[str]:
    for line, row in rows.items():
        if (row.action_en is None) != (row.action_ru is None):
            yield f" line {line}: action_en and action_ru belong together; give both or neither."


RULES: Mapping[str, Rule[Any]] = {
    "exchange_rates": Rule(ExchangeRateRow, ("rate_date", "currency")),
    "interaction_costs": Rule(InteractionCostRow, ("channel",), _all_channels),
    "quadrant_playbook": Rule(PlaybookRow, ("quadrant",), _all_quadrants),
    "relationship_levels": Rule(
        RelationshipLevelRow, ("customers_band", "margin_band"), _all_bands
    ),
    "retention_benchmarks": Rule(BenchmarkRow, ("benchmark_industry", "benchmark_grain"), _ranges),
    "rfm_segments": Rule(RfmSegmentRow, ("recency_score", "frequency_score"), _all_scores),
    "segment_playbook": Rule(SegmentPlaybookRow, ("segment",), _both_languages),
    "segment_settings": Rule(SegmentSettingsRow, ("segment",), _holdouts_and_caps),
    "service_tier_rules": Rule(ServiceTierRuleRow, ("relationship_level", "pareto_class")),
}
"""By name of the seed. Seeds without one are lists of texts that dbt's own tests look at."""
