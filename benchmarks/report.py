"""The results as Markdown: machine, versions, whole runs, stages, orchestration, the check."""

import os
import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from benchmarks.identity import as_table
from benchmarks.measure import Usage
from benchmarks.scenarios import Results

TARGET_RATIO = 3.0
TARGET_GIB = 4.0
TARGET_ORCHESTRATION = 20.0
TARGET_DEFAULT = 90.0

_GIB = 1 << 30
_PACKAGES = ("duckdb", "dbt-core", "dbt-duckdb", "dagster")
_WRITING = ("exports", "publish", "release")


def as_markdown(results: Results) -> str:
    """The whole report."""
    return "\n".join(
        [
            f"# Benchmark: {results.customers:,} customers",
            "",
            *_machine(),
            "",
            *_whole_runs(results),
            "",
            *_breakdown(results),
            "",
            *_parts(results),
            "",
            *_orchestration(results),
            "",
            *(as_table(results.identity) if results.identity else ()),
            "",
            *_check(results),
            "",
        ]
    )


def _machine() -> Iterator[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    yield f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB memory, {platform.system()}."
    yield f"Python {platform.python_version()}, {versions}."


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _whole_runs(results: Results) -> Iterator[str]:
    bare, job = results.bare, results.job
    if bare is None or job is None or results.again is None:
        return
    yield "| run | seconds | CPU seconds | peak memory | × bare | target |"
    yield "|---|---:|---:|---:|---:|---|"
    yield _row("bare DuckDB SQL", bare, bare, "")
    yield _row(
        "`retention run`, fresh", job, bare, f"≤ {TARGET_RATIO:.0f} × bare, < {TARGET_GIB:.0f} GiB"
    )
    yield _row("`retention run`, nothing new", results.again, bare, "")


def _row(name: str, usage: Usage, bare: Usage, target: str) -> str:
    return (
        f"| {name} | {usage.seconds:.1f} | {usage.cpu_seconds:.1f} | "
        f"{usage.peak_bytes / _GIB:.2f} GiB | {usage.seconds / bare.seconds:.2f} | {target} |"
    )


def _breakdown(results: Results) -> Iterator[str]:
    job, again = results.job, results.again
    if job is None or again is None:
        return
    yield "| stage | fresh run, s | nothing new, s |"
    yield "|---|---:|---:|"
    for stage, seconds in results.stages.items():
        yield f"| {stage} | {seconds:.1f} | {results.again_stages.get(stage, 0):.1f} |"
    outside = job.seconds - sum(results.stages.values())
    outside_again = again.seconds - sum(results.again_stages.values())
    yield f"| outside the stages | {outside:.1f} | {outside_again:.1f} |"
    yield ""
    steps = ", ".join(f"{name} {seconds:.1f}" for name, seconds in results.bare_steps.items())
    yield f"Bare steps, in seconds: {steps}."
    yield ""
    slowest = ", ".join(f"`{name}` {seconds:.1f}" for name, seconds in results.slowest)
    yield f"Slowest dbt nodes, in seconds: {slowest}."


def _parts(results: Results) -> Iterator[str]:
    yield "| part | ours, s | bare, s | ratio |"
    yield "|---|---:|---:|---:|"
    for part in results.parts:
        ratio = part.ours / part.bare
        yield f"| {part.what} | {part.ours:.2f} | {part.bare:.2f} | {ratio:.2f} |"


def _orchestration(results: Results) -> Iterator[str]:
    found, usage = results.phases, results.default_usage
    if usage is None:
        return
    phases, stages = found["phases"], found["stages"]
    commands = dict(found["invocations"])
    build = stages["build"]
    invocation = commands.get("build", build)
    writing = sum(stages.get(stage, 0.0) for stage in _WRITING)
    imports = sum(seconds for name, seconds in phases.items() if name.startswith("import "))
    rows = {
        "interpreter start": phases["interpreter"],
        "imports (dagster, dagster_dbt, dbt)": imports,
        "dbt parse": found["parse"],
        "definitions without the parse": phases["definitions"] - found["parse"],
        "preparing the warehouse (views)": build - invocation,
        f"dbt around its {found['statement_count']} statements": invocation - found["statements"],
        "Dagster's bookkeeping": phases["run"] - sum(stages.values()),
    }
    total = sum(rows.values())
    yield "On the demo default (20,000 customers), in seconds:"
    yield ""
    yield "| orchestration | s | target |"
    yield "|---|---:|---|"
    for name, seconds in rows.items():
        yield f"| {name} | {seconds:.1f} | |"
    target = f"≤ {TARGET_ORCHESTRATION:.0f} s"
    yield f"| **all that is not landing, SQL or writing** | **{total:.1f}** | {target} |"
    yield f"| landing | {stages['land']:.1f} | |"
    yield f"| resolving identities | {stages['resolve']:.1f} | |"
    yield f"| SQL | {found['statements']:.1f} | |"
    yield f"| writing (exports, publish, release) | {writing:.1f} | |"
    yield f"| **the whole run** | **{usage.seconds:.1f}** | ≤ {TARGET_DEFAULT:.0f} s |"


def _check(results: Results) -> Iterator[str]:
    if results.differences:
        yield f"**{len(results.differences)} figures differ between ours and bare:**"
        yield ""
        for one in results.differences:
            yield f"- {one.table}.{one.figure}: ours {one.ours}, bare {one.bare}"
    else:
        yield "The marts of both agree: row counts, and sums or hashes of every column but the key."
    unlike = [(name, ours, bare) for name, ours, bare in results.exports if ours != bare]
    rows = sum(ours for _, ours, _ in results.exports)
    if unlike:
        listed = ", ".join(f"{name} {ours:,} and {bare:,}" for name, ours, bare in unlike)
        yield f"Export files with other numbers of rows (ours and bare, of {rows:,}): {listed}."
    else:
        yield f"All {len(results.exports)} export files have the same number of rows ({rows:,})."
