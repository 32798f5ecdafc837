"""A pull that is cut off goes on where it ended: nothing lost, nothing doubled."""

import importlib
from datetime import timedelta

import pytest

from orchestration.landing import Ledger
from tests.unit.landing.pulled.conftest import (
    NOON,
    SOURCES,
    CutOffError,
    landed,
    order,
    raise_cut_off,
    room,
)

land_module = importlib.import_module("orchestration.landing.land")


def test_a_pull_that_was_cut_off_goes_on_and_takes_no_row_twice(shop):
    company, shelf = shop
    # Pages end between rows of one time, and one of them is read again with the lag.
    shelf.rows = [order(n, at=NOON + timedelta(hours=n // 3)) for n in range(12)]
    shelf.cut_after = 3
    with pytest.raises(CutOffError):
        company.land()
    assert landed(company) == []
    shelf.cut_after = None
    shelf.rows.append(order(50, changed=NOON + timedelta(minutes=20)))  # late, within the lag
    shelf.rows.append(order(1, total=9, changed=NOON + timedelta(hours=9)))
    del shelf.rows[1]  # was read, is changed now
    company.land()
    assert shelf.reads[1] == (NOON, None)  # one hour before the last page, which is usual
    assert sorted(landed(company)) == sorted(
        [(f"O{n:02d}", 1) for n in range(12)] + [("O50", 1), ("O01", 9)]
    )
    assert shelf.pages_read == 3 + 7


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_a_pull_that_says_how_goes_on_right_after_its_last_page(shop, form):
    company, shelf = shop
    shelf.has_tokens, shelf.cut_after, shelf.format = True, 2, form
    with pytest.raises(CutOffError):
        company.land()
    shelf.cut_after = None
    company.land()
    assert shelf.reads == [(None, None), (None, "4")]
    assert landed(company) == [(f"O{n:02d}", 1) for n in range(5)]


def test_pages_of_another_table_are_not_gone_on_with(shop):
    company, shelf = shop
    shelf.cut_after = 1
    with pytest.raises(CutOffError):
        company.land()
    shelf.cut_after = None
    shelf.rows = [order(n, total=5) for n in range(5)]
    company.sources(SOURCES.replace("table: orders", "table: bills"))
    company.land()
    assert landed(company) == [(f"O{n:02d}", 5) for n in range(5)]


@pytest.fixture
def cut_off_whole(shop):
    """A whole reading that was cut off after its first page."""
    company, shelf = shop
    shelf.cursor, shelf.has_tokens, shelf.cut_after = "", True, 1
    with pytest.raises(CutOffError):
        company.land()
    shelf.cut_after = None
    shelf.rows = [order(n, total=4) for n in range(5)]
    return company, shelf


def test_a_whole_reading_goes_on_on_the_same_day(cut_off_whole):
    company, _ = cut_off_whole
    company.land()
    assert landed(company) == [(f"O{n:02d}", 1 if n < 2 else 4) for n in range(5)]


def test_a_whole_reading_does_not_go_on_on_another_day(cut_off_whole, monkeypatch):
    company, _ = cut_off_whole
    monkeypatch.setattr("orchestration.landing.pulled.pulling._SAME_DAY", timedelta(0))
    company.land()
    assert landed(company) == [(f"O{n:02d}", 4) for n in range(5)]


def test_a_whole_reading_that_came_to_its_end_is_not_taken_for_todays(cut_off_whole, monkeypatch):
    company, shelf = cut_off_whole
    with monkeypatch.context() as patch:
        patch.setattr(land_module, "finish_target", raise_cut_off)
        with pytest.raises(CutOffError):
            company.land()
    company.land()
    assert shelf.reads[-1] == (None, None)
    assert landed(company) == [(f"O{n:02d}", 4) for n in range(5)]


@pytest.mark.parametrize("step", ["finish_target", "enter", "write_state", "discard", "do_piece"])
@pytest.mark.parametrize("cursor", ["changed", ""])
def test_a_crash_leaves_nothing_or_everything(shop, monkeypatch, step, cursor):
    company, shelf = shop
    shelf.cursor = cursor
    company.land()
    shelf.rows.append(order(5))

    with monkeypatch.context() as patch:
        match step:
            case "enter":
                patch.setattr(Ledger, "enter_pulled", raise_cut_off)
            case "write_state":
                patch.setattr("orchestration.landing.pulls.write_state", raise_cut_off)
            case "discard":
                patch.setattr("orchestration.landing.pulled.pulling.Pulled.discard", raise_cut_off)
            case "do_piece":
                patch.setattr("orchestration.landing.workers.do_piece", raise_cut_off)
            case _:
                patch.setattr(land_module, step, raise_cut_off)
        with pytest.raises(CutOffError):
            company.land()
    expected = [(f"O{n:02d}", 1) for n in range(6 if step == "discard" else 5)]
    assert landed(company) == expected
    company.land()
    assert landed(company) == [(f"O{n:02d}", 1) for n in range(6)]
    assert not (room(company)).exists()


def test_pages_may_be_removed_at_any_time(shop):
    company, shelf = shop
    shelf.cut_after = 2
    with pytest.raises(CutOffError):
        company.land()
    for path in sorted(company.settings.pulled.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    shelf.cut_after = None
    company.land()
    assert len(landed(company)) == 5


def test_a_column_that_is_added_while_a_pull_is_cut_off_is_not_empty_in_what_was_read(shop):
    company, shelf = shop
    shelf.cut_after = 2
    with pytest.raises(CutOffError):
        company.land()
    shelf.cut_after = None
    shelf.rows = [{**row, "note": "new"} for row in shelf.rows]
    company.land()
    assert company.query("select extra->>'note' from landing.orders") == [("new",)] * 5
    assert shelf.reads[-1] == (None, None)
