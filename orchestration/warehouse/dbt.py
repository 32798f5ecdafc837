"""dbt, run in this process: no second interpreter, no second import, one parse.

dbt reads its settings from the process environment, so they are set around each call; it runs in
the data folder, so that its settings name files in it and not the folder itself.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.settings import DBT_PROJECT, Settings
from orchestration.warehouse import parse_cache

LINKS = {"models": "models", "seeds": "seeds", "macros": "macros", "tests": "tests/dbt"}


class DbtError(RuntimeError):
    """dbt could not do its work; the message names the nodes that failed and why."""


@dataclass(frozen=True)
class NodeResult:
    """What became of one node: `status` is success, pass, fail, warn, error or skipped.

    `audited_segment` names the segment that a test judges; None for all other nodes.
    """

    unique_id: str
    name: str
    resource_type: str
    path: str
    status: str
    message: str
    seconds: float
    audited_segment: str | None = None

    @property
    def failed(self) -> bool:
        return self.status in {"error", "fail", "runtime error", "partial success"}


@dataclass(frozen=True)
class BuildReport:
    """All nodes of one build, in the order in which they ended."""

    nodes: tuple[NodeResult, ...]

    @property
    def failures(self) -> tuple[NodeResult, ...]:
        """Failed nodes that stop everything after them: all but tests of segments."""
        return tuple(node for node in self.nodes if node.failed and not node.audited_segment)

    @property
    def failed_segments(self) -> dict[str, str]:
        """Segment name → why it must not be exported."""
        return {
            node.audited_segment: f"{node.name}: {node.message or node.status}"
            for node in self.nodes
            if node.audited_segment and (node.failed or node.status == "skipped")
        }


def check_links(project: Path = DBT_PROJECT) -> None:
    """Raises `DbtError` where a link of `dbt_project/` is not one (zip download, Windows)."""
    for name, target in LINKS.items():
        if not (project / name).is_dir():
            raise DbtError(
                f"{project / name} is no folder: it must be a link to ../{target}. Zip downloads "
                f"and Windows lose links; make it anew with `ln -s ../{target} {project / name}`."
            )


@dataclass(frozen=True)
class Dbt:
    """dbt on one target file. Its parse cache, logs and compiled SQL stand in the data folder."""

    settings: Settings
    warehouse: Path
    repeated_entities: tuple[str, ...] = ()
    target: str = "main"

    @property
    def target_dir(self) -> Path:
        return self.settings.data_dir / ("dbt" if self.target == "main" else "dbt-dev")

    @property
    def manifest_path(self) -> Path:
        return self.target_dir / "manifest.json"

    def parse(self) -> Path:
        """Parses the project (only what changed) and returns the manifest's path."""
        self.invoke(["parse"])
        return self.manifest_path

    def build(
        self,
        select: Sequence[str] = (),
        on_node: Callable[[NodeResult], None] | None = None,
        segment_audits: Mapping[str, str] | None = None,
    ) -> BuildReport:
        """Builds models, seeds and data tests (all, or `select`), telling `on_node` as each ends.

        `segment_audits`: unique id of a test → the segment it judges (its failure stops that
        segment, not the run).
        Failed nodes are in the report; raises `DbtError` where dbt could not run at all.
        """
        nodes: list[NodeResult] = []

        def listen(event: Any) -> None:
            if event.info.name == "NodeFinished":
                node = _as_result(event.data, segment_audits or {})
                if node.failed and node.resource_type == "test":
                    node = self._explained(node)
                nodes.append(node)
                if on_node:
                    on_node(node)

        # What dbt would write beside the build, the parse has written (`manifest.json`).
        arguments = ["build", "--no-write-json", "--exclude-resource-type", "unit_test"]
        if select:
            arguments += ["--select", *select, "--indirect-selection", "cautious"]
        self.invoke(arguments, [listen], may_fail=True)
        return BuildReport(tuple(nodes))

    def invoke(
        self,
        arguments: Sequence[str],
        callbacks: Sequence[Callable[[Any], None]] = (),
        may_fail: bool = False,
        log_level: str = "none",
    ) -> Any:
        """One dbt command. Raises `DbtError` with dbt's own words where it fails.

        With `may_fail`, failed nodes are not an error, a failure of dbt itself still is.
        """
        from dbt.cli.main import dbtRunner  # noqa: PLC0415  (takes seconds: only when needed)

        check_links()
        self.target_dir.mkdir(parents=True, exist_ok=True)
        parse_cache.take(self.target_dir, self.target)
        with _environment(self._variables()), chdir(self.settings.data_dir):
            result = dbtRunner(callbacks=list(callbacks)).invoke(
                [
                    *("--log-level", log_level, "--log-level-file", "info"),
                    *("--log-path", str(self.target_dir / "logs"), "--no-use-colors"),
                    *arguments,
                    *("--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)),
                    *("--target-path", str(self.target_dir)),
                ]
            )
        _let_go_of_the_file()
        parse_cache.keep(self.target_dir, self.target)
        if result.exception is not None:
            raise DbtError(f"dbt {arguments[0]}: {result.exception}") from result.exception
        if not result.success and not may_fail:
            raise DbtError(f"dbt {arguments[0]} failed; its log is in {self.target_dir / 'logs'}.")
        return result.result

    def _variables(self) -> dict[str, str]:
        name = "RETENTION_WAREHOUSE" if self.target == "main" else "RETENTION_DEV_WAREHOUSE"
        return {
            # The same in every data folder, or dbt would parse everything anew in each.
            name: os.path.relpath(self.warehouse, self.settings.data_dir),
            "RETENTION_DBT_TARGET": self.target,
            "RETENTION_REPEATED_ENTITIES": ",".join(self.repeated_entities) or "none",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }

    def _explained(self, node: NodeResult) -> NodeResult:
        """The result with the broken rules instead of "Got 2 results"."""
        compiled = list(self.target_dir.glob(f"compiled/**/{node.name}.sql"))
        if not compiled:
            return node
        from dbt.adapters.duckdb.connections import (  # noqa: PLC0415
            DuckDBConnectionManager,
        )

        try:
            cursor = DuckDBConnectionManager.env().handle().cursor()  # type: ignore[no-untyped-call]
            rows = cursor.execute(compiled[0].read_text()).fetchmany(20)
        except duckdb.Error as error:
            return NodeResult(**{**vars(node), "message": f"{node.message} ({error})"})
        broken = "; ".join(": ".join(str(value) for value in row) + " row(s)" for row in rows)
        return NodeResult(**{**vars(node), "message": broken or node.message})


def _as_result(data: Any, segment_audits: Mapping[str, str]) -> NodeResult:
    return NodeResult(
        unique_id=data.node_info.unique_id,
        name=data.node_info.node_name,
        resource_type=data.node_info.resource_type,
        path=data.node_info.node_path,
        status=data.run_result.status,
        message=data.run_result.message,
        seconds=float(data.run_result.execution_time),
        audited_segment=segment_audits.get(data.node_info.unique_id),
    )


def _let_go_of_the_file() -> None:
    """Closes dbt's connection: it would keep the file from being published and exported."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415

    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
