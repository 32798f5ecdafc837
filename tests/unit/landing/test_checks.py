"""Unusual deliveries and stale sources: told or stopped, by the clock that the test sets."""

from datetime import UTC, datetime, timedelta

import pytest

from orchestration.landing import Check, CheckResult, LandingError, land, load_sources, verdicts
from orchestration.landing.expectations import Rows
from orchestration.landing.volume import unusual

NOW = datetime(2024, 2, 10, tzinfo=UTC)
SHOP = """
sources:
  shop:
    kind: file
    path: inbox
    {settings}
    entities:
      orders:
        {own}
        where: "sum >= 0"
        columns: {{order_id: id, ordered_at: at, gross_amount: sum}}
      products:
        columns: {{product_id: id}}
"""


@pytest.fixture
def shop(company):
    def made(settings: str = "", own: str = ""):
        company.sources(SHOP.format(settings=settings, own=own))
        return company

    return made


def deliver(company, name: str, rows: int, day: str = "2024-02-09", amount: int = 1) -> None:
    lines = "".join(f"{name}{n},{day} 12:00:00,{amount}\n" for n in range(rows))
    company.write(f"inbox/{name}.csv", f"id,at,sum\n{lines}")


def landed(company, now: datetime = NOW):
    """The report of a landing at a time, and the results of the checks of the orders."""
    company.events.clear()
    config = load_sources(company.settings.sources_file, {})
    report = land(config, company.settings, company.events.append, clock=lambda: now)
    return report, results(company)


def results(company):
    checks = (event.check for event in company.events if event.check)
    return {result.check: result for result in checks if result.entity == "orders"}


def refused(company, now: datetime = NOW) -> tuple[str, ...]:
    with pytest.raises(LandingError) as caught:
        landed(company, now)
    return caught.value.problems


def three_usual(company):
    for name, rows in (("a", 90), ("b", 100), ("c", 120)):
        deliver(company, name, rows)
    landed(company)
    return company


@pytest.mark.parametrize(
    ("accepted", "before", "rows", "expected"),
    [
        (1, [100, 100], {}, ""),  # too few to know what is usual
        (20, [100, 100, 100], {}, ""),
        (19, [100, 100, 100], {}, "the median of the last 3 deliveries is 100 (from 20 to 500"),
        (501, [100, 100, 100], {}, "from 20 to 500 would be usual"),
        (0, [10, 1000, 1000, 1000], {}, "deliveries is 1,000"),
        (60, [1000, 1000, 1000, 50, 60, 70], {"deliveries": 3}, ""),
        (60, [100, 100, 100], {"tolerance": 1.5}, "(from 67 to 150 would be usual)"),
        (99, [5, 5, 5], {"min": 100}, "fewer than the 100 that HERE asks for"),
        (100, [5, 5, 5], {"min": 100}, ""),
        (11, [], {"max": 10}, "more than the 10 that HERE allows"),
        (99, [5, 5, 5], {"min": 10, "tolerance": 2}, "is 5 (from 2 to 10 would be usual)"),
    ],
)
def test_what_is_unusual(accepted, before, rows, expected):
    found = unusual(accepted, before, Rows(**rows), "HERE")
    assert expected in found
    assert bool(found) == bool(expected)


def test_an_unusual_delivery_is_told_and_lands(shop):
    company = three_usual(shop())
    deliver(company, "half", 10)
    report, checks = landed(company)
    message = (
        "half.csv (orders): 10 accepted rows, where the median of the last 3 deliveries is 100 "
        "(from 20 to 500 would be usual)."
    )
    assert message in report.messages
    assert not checks[Check.VOLUME].passed
    assert not checks[Check.VOLUME].blocks
    assert checks[Check.VOLUME].message == message
    assert company.query("select count(*) from landing.orders") == [(320,)]
    assert landed(company)[1] == {}, "there is nothing new to judge"


def test_an_unusual_delivery_that_blocks_does_not_land_and_comes_again(shop):
    company = three_usual(shop("severity: block"))
    deliver(company, "half", 10)
    deliver(company, "whole", 100)
    for _ in range(2):
        problems = refused(company)
        assert problems[0].startswith("half.csv (orders): 10 accepted rows, where the median")
        assert "Nothing of it was landed." in problems[0]
        assert results(company)[Check.VOLUME].blocks
    names = company.query("select file from landing._batches where entity = 'orders' order by 1")
    assert names == [("a.csv",), ("b.csv",), ("c.csv",), ("whole.csv",)]
    assert company.query("select count(*) from landing._batches where file = 'half.csv'") == [(0,)]

    shop("severity: block\n    rows: {min: 5}")
    _, checks = landed(company)
    assert checks[Check.VOLUME].passed
    assert company.query("select count(*) from landing.orders") == [(420,)]


def test_rows_that_a_where_leaves_out_do_not_count(shop):
    company = three_usual(shop())
    deliver(company, "gone", 100, amount=-1)
    _, checks = landed(company)
    assert "gone.csv (orders): 0 accepted rows, where the median" in checks[Check.VOLUME].message


def test_limits_of_an_entity_go_before_those_of_its_source(shop):
    company = shop("rows: {min: 1000}", own="rows: {min: 5, max: 50}")
    deliver(company, "a", 51)
    report, checks = landed(company)
    message = "a.csv (orders): 51 accepted rows, more than the 50 that sources.yml line 9 allows."
    assert checks[Check.VOLUME].message == message
    assert any("fewer than the 1,000 that sources.yml line 6" in text for text in report.messages)


@pytest.mark.parametrize(
    ("age", "is_fresh"), [(timedelta(days=2), True), (timedelta(days=2, seconds=1), False)]
)
def test_a_source_is_fresh_or_stale_to_the_second(shop, age, is_fresh):
    company = shop("freshness: 2 days")
    deliver(company, "a", 5)
    event = datetime(2024, 2, 9, 12, tzinfo=UTC)
    report, checks = landed(company, event + age)
    assert checks[Check.FRESHNESS].passed is is_fresh
    stale = (
        "shop (orders): the newest event is of 2024-02-09 12:00 UTC, 2 days ago, and sources.yml "
        "line 6 asks for one of the last 2 days. See whether the deliveries still come and are "
        "whole."
    )
    assert (stale in report.messages) is not is_fresh


def test_a_stale_source_that_blocks_stops_every_run_until_it_is_fresh_again(shop):
    company = shop("freshness: 36 hours", own="severity: block")
    deliver(company, "a", 5)
    later = NOW + timedelta(days=3)
    for _ in range(2):
        [problem] = refused(company, later)
        assert "shop (orders): the newest event is of 2024-02-09 12:00 UTC, 3 days ago" in problem
        assert "asks for one of the last 36 hours" in problem
        assert "Until then nothing is published" in problem
        assert results(company)[Check.FRESHNESS].blocks
    assert company.query("select count(*) from landing.orders") == [(5,)], "it has landed"
    deliver(company, "b", 5, "2024-02-12")
    _, checks = landed(company, later)
    assert checks[Check.FRESHNESS].passed


def test_events_in_the_future_make_nothing_fresh(shop):
    company = shop("freshness: 2 days")
    deliver(company, "a", 5, "2024-02-01")
    deliver(company, "b", 1, "2099-01-01")
    _, checks = landed(company)
    assert "the newest event is of 2024-02-01 12:00 UTC, 8 days ago" in (
        checks[Check.FRESHNESS].message
    )
    assert not checks[Check.FRESHNESS].passed


def test_without_any_event_nothing_is_fresh(shop):
    company = shop("freshness: 2 days")
    company.write("inbox/a.csv", "id,at,sum\n")
    _, checks = landed(company)
    assert not checks[Check.FRESHNESS].passed
    assert "no event has landed" in checks[Check.FRESHNESS].message


def test_other_columns_are_a_failed_check_that_never_blocks(shop):
    company = shop("severity: block")
    deliver(company, "a", 5)
    landed(company)
    company.write("inbox/b.csv", "id,at,sum,tier\nb900,2024-02-09,1,gold\n")
    _, checks = landed(company)
    assert checks[Check.COLUMNS].message == (
        "b.csv: other columns than in a.csv: new: 'tier' (kept in `extra`)."
    )
    assert not checks[Check.COLUMNS].passed
    assert not checks[Check.COLUMNS].blocks


def test_a_first_delivery_has_nothing_to_be_held_against(shop):
    company = shop()
    deliver(company, "a", 5)
    assert landed(company)[1] == {}
    deliver(company, "b", 5)
    _, checks = landed(company)
    assert [(result.check, result.message) for result in checks.values()] == [
        (Check.COLUMNS, "shop: as they were.")
    ]


def test_one_verdict_speaks_for_all_sources_of_an_entity():
    def result(source: str, passed: bool, blocks: bool) -> CheckResult:
        return CheckResult(Check.VOLUME, source, "orders", passed, blocks, source)

    [told] = verdicts([result("a", True, True), result("b", False, False)])
    assert (told.passed, told.blocks, told.messages) == (False, False, ("b",))
    [told] = verdicts([result("a", False, True), result("b", False, False)])
    assert (told.passed, told.blocks, told.messages) == (False, True, ("a", "b"))
    [told] = verdicts([result("a", True, True)])
    assert (told.passed, told.blocks, told.messages) == (True, False, ("a",))


@pytest.mark.parametrize(
    ("settings", "own", "expected"),
    [
        ("rows: {mim: 3}", "", "unknown key 'mim'. Did you mean 'min'?"),
        ("", "rows: {min: 3, max: 1}", "min 3 is above max 1"),
        ("freshness: soon", "", "write a number with a unit"),
        ("severity: stop", "", "'warn' or 'block'"),
        ("contract: frozen", "", "'evolve', 'freeze' or 'discard_row'"),
        ("rows: {tolerance: 1}", "", "greater than 1"),
    ],
)
def test_mistakes_in_expectations_are_named(shop, settings, own, expected):
    [problem] = shop(settings, own).fails()
    assert expected in problem
    assert problem.startswith("sources.yml line")


def test_what_has_no_time_cannot_be_asked_to_be_fresh(company):
    company.sources(
        SHOP.format(settings="", own="").replace(
            "columns: {product_id: id}", "freshness: 1 week\n        columns: {product_id: id}"
        )
    )
    [problem] = company.fails()
    assert "products has no time of its own, so it cannot be fresh" in problem
