"""What `make bench` reads out of a run."""

from benchmarks.scenarios import slowest_nodes, stages_of
from tests.integration.conftest import Run


def test_the_slowest_nodes_are_those_of_the_log(demo_run: Run) -> None:
    nodes = slowest_nodes(demo_run.data_dir / "dbt" / "logs" / "dbt.log", count=1000)
    times = dict(nodes)
    # Models, seeds and tests; exposures end at once.
    assert {"customers", "seg_q1", "quadrants_are_sound"} <= times.keys()
    assert max(times.values()) > 0
    assert [seconds for _, seconds in nodes] == sorted(times.values(), reverse=True)


def test_every_stage_tells_its_seconds(demo_run: Run) -> None:
    assert stages_of(demo_run.output).keys() >= {"land", "build", "exports", "publish", "release"}
