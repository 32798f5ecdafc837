"""What is measured: bare SQL, the whole job, a second run, orchestration alone, single stages."""

import json
import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from benchmarks.compare import Difference, compare_exports, compare_marts
from benchmarks.identity import Labelled, measure_identity
from benchmarks.measure import Usage, measured, python
from benchmarks.prepare_inputs import prepare_inputs
from orchestration.sources_file import DEMO_SOURCES

_STAGE = re.compile(
    r"^(demo|land|resolve|build|exports|publish|release)\s.*?([0-9.]+) s$", re.MULTILINE
)
_NODE = re.compile(r" (?:model )?(?:\w+\.)?(\w+) \.{2,} \[[^\]]*? in ([0-9.]+)s\]")
# What of bare SQL's steps is not the making of marts: reading files, people, writing files.
_NOT_MARTS = ("10_read", "80_people", "export_files")
_REPOSITORY = Path(__file__).resolve().parent.parent

Say = Callable[[str], None]


@dataclass(frozen=True)
class Part:
    """One stage of ours beside its bare counterpart, in seconds."""

    what: str
    ours: float
    bare: float


@dataclass
class Results:
    """Everything that was measured in one run."""

    customers: int
    bare: Usage | None = None
    bare_steps: Mapping[str, float] = field(default_factory=dict)
    job: Usage | None = None
    stages: Mapping[str, float] = field(default_factory=dict)
    again: Usage | None = None
    again_stages: Mapping[str, float] = field(default_factory=dict)
    slowest: list[tuple[str, float]] = field(default_factory=list)
    phases: Mapping[str, Any] = field(default_factory=dict)
    identity: Labelled | None = None
    default_usage: Usage | None = None
    parts: list[Part] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    exports: list[tuple[str, int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Bench:
    """A bench over the files in `demo` (and `default_demo`, the demo's own size) in `work`."""

    demo: Path
    default_demo: Path
    work: Path
    customers: int

    def run(self, runs: int, say: Say) -> Results:
        """Measures everything once; bare SQL and the job `runs` times, of which the fastest."""
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        prepare_inputs(self.demo, self.work / "prepared")
        results = Results(self.customers)
        for number in range(1, runs + 1):
            say(f"bare SQL, {self.customers:,} customers, run {number} of {runs}")
            self._bare(results)
            say(f"the whole job, run {number} of {runs}")
            self._job(results)
        say("the whole job a second time, nothing new to land")
        results.again = self._retention(self._data)
        results.again_stages = stages_of(results.again.output)
        say("single stages")
        self._parts(results)
        say("orchestration, at the demo's own size")
        self._phases(results)
        say("identities to components")
        results.identity = measure_identity(self.work / "identity")
        published = (self._data / "published" / "current.duckdb").resolve()
        results.differences = compare_marts(published, self.work / "bare" / "bare.duckdb")
        results.exports = compare_exports(
            self._data / "exports" / "latest", self.work / "bare" / "exports"
        )
        return results

    @property
    def _data(self) -> Path:
        return self.work / "data"

    def _bare(self, results: Results) -> None:
        usage = measured(
            python(
                "-m", "benchmarks.run_bare",
                str(self.demo), str(self.work / "prepared"), str(self.work / "bare"),
            ),
            cwd=_REPOSITORY,
        )  # fmt: skip
        if results.bare is None or usage.seconds < results.bare.seconds:
            results.bare, results.bare_steps = usage, json.loads(usage.output)

    def _job(self, results: Results) -> None:
        shutil.rmtree(self._data, ignore_errors=True)
        self._data.mkdir()
        (self._data / "demo").symlink_to(self.demo)
        usage = self._retention(self._data)
        if results.job is None or usage.seconds < results.job.seconds:
            results.job, results.stages = usage, stages_of(usage.output)
        results.slowest = slowest_nodes(self._data / "dbt" / "logs" / "dbt.log")

    def _retention(self, data: Path) -> Usage:
        return measured(
            python("-m", "orchestration.cli", "run", "--timings"),
            _environment(data),
            cwd=_REPOSITORY,
        )

    def _parts(self, results: Results) -> None:
        lines = self.work / "lines"
        lines.mkdir()
        sources = yaml.safe_load(DEMO_SOURCES.read_text())["sources"]["shop_order_lines"]
        sources["path"] = str(self.demo / "order_lines" / "*.csv")
        (lines / "sources.yml").write_text(
            yaml.safe_dump({"sources": {"shop_order_lines": sources}})
        )
        landing = self._part("land_lines", environment=_environment(lines))
        copying = self._part("copy_lines", str(self.demo), str(self.work / "lines.parquet"))
        tables = self._part(
            "copy_tables",
            str(self._data / "warehouse.duckdb"),
            str((self._data / "published" / "current.duckdb").resolve()),
            str(self.work / "copied.duckdb"),
        )
        steps = results.bare_steps
        marts = sum(seconds for step, seconds in steps.items() if step not in _NOT_MARTS)
        destination = self._destination()
        results.parts = [
            Part("all marts with their audits, beside bare SQL of the same marts (≤ 1.5)",
                 results.stages["build"], marts),
            Part("landing the order lines, beside one typed COPY to Parquet", landing, copying),
            Part("publishing, beside the same tables copied and synced",
                 results.stages["publish"], tables),
            Part("exports, beside consent, SHA-256 and COPY in bare SQL",
                 results.stages["exports"], steps["80_people"] + steps["export_files"]),
            destination,
        ]  # fmt: skip

    def _destination(self) -> Part:
        """Everyone to one destination, in processes of their own."""
        warehouse = str(self.work / "everyone.duckdb")
        usage = {
            part: measured(
                python("-m", "benchmarks.exports", part, warehouse, *extra), None, _REPOSITORY
            )
            for part, extra in (("make", (str(self.customers),)), ("ours", ()), ("bare", ()))
        }
        seconds = {part: float(used.output.split()[-1]) for part, used in usage.items()}
        memory = usage["ours"].peak_bytes / (1 << 30)
        what = (
            f"{self.customers:,} customers to one destination ({memory:.2f} GiB), beside SHA-256 "
            "of the same identifiers and COPY"
        )
        return Part(what, seconds["ours"], seconds["bare"])

    def _part(self, *arguments: str, environment: Mapping[str, str] | None = None) -> float:
        usage = measured(python("-m", "benchmarks.parts", *arguments), environment, _REPOSITORY)
        return float(usage.output.strip().splitlines()[-1])

    def _phases(self, results: Results) -> None:
        data = self.work / "default"
        data.mkdir()
        (data / "demo").symlink_to(self.default_demo)
        home = data / "dagster"
        home.mkdir()
        shutil.copy(_REPOSITORY / "orchestration" / "dagster.yaml", home)
        usage = measured(
            python("-m", "benchmarks.phases", str(time.time())),
            {**_environment(data), "DAGSTER_HOME": str(home)},
            _REPOSITORY,
        )
        results.default_usage = usage
        results.phases = json.loads(usage.output.strip().splitlines()[-1])


def _environment(data: Path) -> dict[str, str]:
    return {
        "RETENTION_DATA_DIR": str(data),
        "RETENTION_SOURCES": str(data / "sources.yml"),
        "DO_NOT_TRACK": "1",
        "COLUMNS": "200",
    }


def stages_of(output: str) -> dict[str, float]:
    """Stage → seconds, from the lines that `retention run` prints."""
    return {stage: float(seconds) for stage, seconds in _STAGE.findall(output)}


def slowest_nodes(log: Path, count: int = 12) -> list[tuple[str, float]]:
    """The dbt nodes that took longest, in seconds, by what dbt says when each ends."""
    times = [(name, float(seconds)) for name, seconds in _NODE.findall(log.read_text())]
    return sorted(times, key=lambda node: -node[1])[:count]
