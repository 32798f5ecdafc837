"""A run with settings that cannot be followed says all of it at once, and does nothing."""

from pathlib import Path

import pytest

from tests.integration.copies import copy_project, run_copy


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a wrong variable and a wrong seed, and one order to land."""
    folder = copy_project(tmp_path / "project")
    for file, old, new in (
        ("dbt_project/dbt_project.yml", "loyalty_threshold: median", "loyalty_threshold: average"),
        ("dbt_project/dbt_project.yml", "    advocacy: 0.15", "    advocacy: -0.15"),
        ("seeds/interaction_costs.csv", "visit,40.00", "visit,-40.00"),
    ):
        text = (folder / file).read_text()
        assert old in text
        (folder / file).write_text(text.replace(old, new))
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    (data_dir / "orders.csv").write_text("number,card,at,sum\n1,a,2026-02-01 10:00:00,10.00\n")
    (data_dir / "sources.yml").write_text(
        "sources: {till: {kind: file, path: orders.csv, entities: {orders: {columns: "
        "{order_id: number, customer_id: card, ordered_at: at, gross_amount: sum}}}}}\n"
    )
    return folder


@pytest.mark.parametrize("command", [("run",), ("dbt", "build")])
def test_a_run_with_bad_settings_lands_nothing(project: Path, command: tuple[str, ...]) -> None:
    data_dir = project.parent / "data"
    run = run_copy(project, data_dir, *command)
    assert run.exit_code == 1
    problems = run.errors.strip().splitlines()
    assert len(problems) == 3, run.errors
    assert "loyalty_weights.advocacy is -0.15; write a number from 0." in problems[0]
    assert "loyalty_threshold is 'average'; write median, mean, percentile:NN" in problems[1]
    assert problems[2].startswith("seeds/interaction_costs.csv line 4: unit_cost is '-40.00'")
    left = {path.name for path in data_dir.iterdir()} - {"orders.csv", "sources.yml", "dagster"}
    assert left == set(), "nothing was landed, parsed or built"
