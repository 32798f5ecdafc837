"""Deliveries that are not as usual, in a Dagster run: what stands in it, and what goes on."""

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import dagster as dg
import pytest

from orchestration.defs.landing import LEDGER, land
from orchestration.defs.resources import DataFolder

ORDERS = dg.AssetKey(["landing", "orders"])
HEADER = "id,customer,at,total\n"
SOUND = "1,k1,2024-01-01,5\n2,k2,2024-01-02,7\n"
Land = Callable[..., dg.ExecuteInProcessResult]


@dg.asset(deps=[ORDERS])
def after() -> None:
    """Whatever is computed from orders."""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Land:
    """Runs the landing asset and one behind it over a file of orders."""
    monkeypatch.setenv("RETENTION_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("RETENTION_SOURCES", raising=False)

    def run(delivered: str, **settings: str) -> dg.ExecuteInProcessResult:
        text = """
        sources:
          shop:
            kind: file
            path: orders.csv{settings}
            entities:
              orders:
                where: "total < 100"
                columns: {{order_id: id, customer_id: customer, ordered_at: at,
                          gross_amount: total}}
        """
        told = "".join(f"\n    {name}: {value}" for name, value in settings.items())
        (tmp_path / "sources.yml").write_text(dedent(text).format(settings=told))
        (tmp_path / "orders.csv").write_text(HEADER + delivered)
        return dg.materialize(
            [land, after], resources={"data_folder": DataFolder()}, raise_on_error=False
        )

    return run


def checks(result: dg.ExecuteInProcessResult) -> dict[str, tuple[bool, str]]:
    """Check of the orders → (passed, severity)."""
    return {
        one.check_name: (one.passed, one.severity.value)
        for one in result.get_asset_check_evaluations()
        if one.asset_key == ORDERS
    }


def metadata(result: dg.ExecuteInProcessResult) -> dict[dg.AssetKey, Mapping[str, Any]]:
    return {
        event.asset_key: event.materialization.metadata
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }


UNUSUAL = {"volume": {"rows": "{min: 3}"}, "freshness": {"freshness": "2 days"}}


@pytest.mark.parametrize("check", UNUSUAL)
def test_a_failed_check_that_warns_stands_in_the_run_and_stops_nothing(
    run: Land, check: str
) -> None:
    result = run(SOUND, **UNUSUAL[check])
    assert result.success
    assert checks(result)[check] == (False, "WARN")
    [found] = [one for one in result.get_asset_check_evaluations() if one.check_name == check]
    assert "sources.yml line" in str(found.description), "where the setting stands"
    assert metadata(result)[ORDERS]["accepted"].value == 2
    assert after.key in metadata(result)


@pytest.mark.parametrize("check", UNUSUAL)
def test_a_failed_check_that_blocks_stands_in_the_run_and_stops_what_is_behind(
    run: Land, check: str
) -> None:
    result = run(SOUND, severity="block", **UNUSUAL[check])
    assert not result.success
    assert checks(result)[check] == (False, "ERROR")
    assert metadata(result) == {}, "neither landed nor computed"
    [failed] = result.get_step_failure_events()
    assert failed.step_key == "land"


def test_a_check_that_passes_stands_in_the_run(run: Land) -> None:
    result = run(SOUND, rows="{min: 2}", severity="block")
    assert result.success
    assert checks(result) == {"volume": (True, "WARN")}
    assert after.key in metadata(result)


def test_what_was_read_and_what_is_in_quarantine_is_metadata(run: Land) -> None:
    told = metadata(run(SOUND + "3,k3,never,5\n4,k4,2024-01-03,500\n"))
    for key in (ORDERS, LEDGER):
        assert told[key]["read"].value == 4
        [row] = told[key]["quarantine"].records
        assert (row.data["reason"], row.data["open"], row.data["closed"]) == ("wrong_type", 1, 0)
        assert row.data["example"].startswith("orders.csv line 4: is not a time")
    assert [told[ORDERS][name].value for name in ("accepted", "rejected", "filtered")] == [2, 1, 1]
    assert [told[LEDGER][name].value for name in ("batches", "new_batches")] == [1, 1]
