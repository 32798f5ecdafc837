"""One headless run with a clock on every phase: `python -m benchmarks.phases <epoch at start>`.

Runs as a process of its own on RETENTION_DATA_DIR and DAGSTER_HOME; prints one JSON object.
Statements are timed where dbt hands them to DuckDB; what is neither landing, statements nor
writing is orchestration.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def main() -> None:
    """Times interpreter, imports, definitions, the run and its stages."""
    started = float(sys.argv[1])
    phases = {"interpreter": time.time() - started}
    with _timed(phases, "import dagster"):
        import dagster  # noqa: F401, PLC0415
    with _timed(phases, "import dagster_dbt"):
        import dagster_dbt  # noqa: F401, PLC0415
    with _timed(phases, "import dbt"):
        import dbt.cli.main  # noqa: F401, PLC0415
    invocations: list[tuple[str, float]] = []
    statements: list[tuple[float, float]] = []
    _watch(invocations, statements)
    with _timed(phases, "definitions"):
        from orchestration.headless import run_retention  # noqa: PLC0415
    before = sum(seconds for _, seconds in invocations)
    from orchestration.progress import reporting  # noqa: PLC0415

    stages: dict[str, float] = {}
    with _timed(phases, "run"), reporting(_Stages(stages)):
        outcome = run_retention()
    if outcome.error:
        sys.exit(outcome.error)
    print(  # noqa: T201
        json.dumps(
            {
                "phases": phases,
                "parse": before,
                "invocations": invocations,
                "stages": stages,
                "statements": _covered(statements),
                "statement_count": len(statements),
                "total": time.time() - started,
            }
        )
    )


@contextmanager
def _timed(phases: dict[str, float], name: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    phases[name] = time.monotonic() - began


class _Stages:
    """A reporter that keeps the seconds of each stage."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self._seconds = seconds

    def advance(self, stage: str, done: int, total: int | None, what: str) -> None:
        """Progress is of no interest here."""

    def note(self, stage: str, message: str) -> None:
        """Nor are notes."""

    def finish(self, stage: str, counts: str, seconds: float) -> None:
        """Keeps the seconds."""
        self._seconds[stage] = seconds


def _watch(invocations: list[tuple[str, float]], statements: list[tuple[float, float]]) -> None:
    """Puts a clock around dbt's commands and around each statement that it runs."""
    from dbt.adapters.duckdb.environments.local import DuckDBCursorWrapper  # noqa: PLC0415

    from orchestration.warehouse.dbt import Dbt  # noqa: PLC0415

    invoke: Any = Dbt.invoke
    execute: Any = DuckDBCursorWrapper.execute

    def timed_invoke(self: Any, arguments: Any, *others: Any, **named: Any) -> Any:
        began = time.monotonic()
        try:
            return invoke(self, arguments, *others, **named)
        finally:
            invocations.append((arguments[0], time.monotonic() - began))

    def timed_execute(self: Any, *arguments: Any, **named: Any) -> Any:
        began = time.monotonic()
        try:
            return execute(self, *arguments, **named)
        finally:
            statements.append((began, time.monotonic()))

    Dbt.invoke = timed_invoke  # type: ignore[method-assign]
    DuckDBCursorWrapper.execute = timed_execute  # type: ignore[method-assign]


def _covered(intervals: list[tuple[float, float]]) -> float:
    """Seconds in which at least one interval was open."""
    covered, end = 0.0, 0.0
    for start, stop in sorted(intervals):
        covered += max(0.0, stop - max(start, end))
        end = max(end, stop)
    return covered


if __name__ == "__main__":
    main()
