"""Key accounts of the pandas reference, checked by hand."""

from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest

from tests.reference.accounts import key_accounts
from tests.reference.facts import facts_of
from tests.reference.hand_made import NEW_YEAR, at_day, by_id, orders, purchases
from tests.reference.landing import Landing


def accounts(landing: Landing, **settings: object) -> pd.DataFrame:
    return by_id(key_accounts(facts_of(landing, replace(at_day(100), **settings))))


def alone(**entities: pd.DataFrame) -> pd.Series:
    """x, a partner and all there is, who bought on day 90."""
    return accounts(Landing(orders=orders(*purchases("x", 90)), **entities)).loc["x"]


def test_who_is_a_key_account() -> None:
    # Margins 40, 0.4, 0.4 and -4 (percentiles 90 and 50: 28.1 and 0.4): big is a partner, small is
    # medium of few, so proactive, but class C; given is of a tier that the CRM calls vip.
    rows = orders(*(purchases(who, 90)[0] for who in ("big", "small", "other", "given")))
    rows = rows.assign(gross_amount=[100, 1, 1, 10])
    crm = pd.DataFrame({"customer_id": ["given", "asked"], "service_tier": "vip"})
    calls = pd.DataFrame({"customer_id": ["given", "given"], "occurred_at": "2024-04-01"})
    calls = calls.assign(interaction_id=calls.index, channel="call", direction="out")
    landing = Landing(orders=rows, customers=crm, interactions=calls)
    table = accounts(landing)
    assert table.index.tolist() == ["big", "given"]
    assert table["value_share"].round(4).tolist() == [0.9804, -0.098]
    assert table["contribution_margin_365d"].tolist() == [40, -4]
    # 0.4 of 40.8 is just less than a hundredth.
    assert "small" in accounts(landing, key_account_min_share=NINE_THOUSANDTHS).index


NINE_THOUSANDTHS = Decimal("0.009")


def test_one_without_manager_plan_or_contact() -> None:
    row = alone()
    assert row["risks"] == "no_manager no_plan concentration" and row["risk_count"] == 3
    assert pd.isna(row["manager_accounts"]) and pd.isna(row["is_contact_overdue"])


def test_the_load_of_a_manager() -> None:
    rows = orders(*purchases("x", 90), *purchases("y", 90), *purchases("z", 90))
    crm = pd.DataFrame({"customer_id": ["x", "y", "z"], "manager_id": ["m", "m", "n"]})
    table = accounts(Landing(orders=rows, customers=crm), max_accounts_per_manager=1)
    assert table["manager_accounts"].tolist() == [2, 2, 1]
    assert table["is_manager_overloaded"].tolist() == [True, True, False]
    assert "manager_overloaded" in table.loc["x", "risks"]


@pytest.mark.parametrize(
    ("contacts", "state"),
    [
        ([("2024-04-01", "2024-04-10")], "planned"),
        ([("2024-04-01", "2024-04-09")], "overdue"),
        ([("2024-04-01", "2024-04-09"), ("2024-04-09", None)], "done"),
        ([("2024-04-01", "2024-04-09"), ("2024-04-08", None)], "overdue"),
        ([("2024-04-01", "2024-04-09"), ("2024-04-02", "2024-05-01")], "planned"),
        ([("2024-04-01", None)], "none"),
    ],
)
def test_the_plan(contacts: list[tuple[str, str | None]], state: str) -> None:
    rows = pd.DataFrame(contacts, columns=["occurred_at", "next_contact_on"])
    rows = rows.assign(interaction_id=rows.index, customer_id="x", direction="in", cost_amount=0)
    assert alone(interactions=rows)["plan_state"] == state


@pytest.mark.parametrize(
    ("ends", "end", "due"),
    [
        (["2024-06-09"], "2024-06-09", True),
        (["2024-06-10"], "2024-06-10", False),
        (["2024-05-01", "2024-12-31"], "2024-12-31", False),
        (["2024-05-01", None], None, False),
        (["2024-04-09"], None, False),
    ],
)
def test_the_end_of_contracts_in_force(ends: list[str | None], end: str | None, due: bool) -> None:
    terms = pd.DataFrame({"ends_on": ends, "customer_id": "x", "started_on": NEW_YEAR})
    row = alone(contracts=terms.assign(contract_id=terms.index))
    assert row["is_renewal_due"] == due and ("renewal_due" in row["risks"]) == due
    assert (
        pd.isna(row["contract_ends_on"])
        if end is None
        else (row["contract_ends_on"] == pd.Timestamp(end))
    )


@pytest.mark.parametrize(("scores", "is_one"), [([9, 6], True), ([6, 7], False)])
def test_the_latest_answer_tells_a_detractor(scores: list[int], is_one: bool) -> None:
    rows = pd.DataFrame({"score": scores, "answered_at": ["2024-04-01", "2024-04-02"]})
    rows = rows.assign(feedback_id=rows.index, customer_id="x", kind="nps")
    assert ("detractor" in alone(feedback=rows)["risks"]) == is_one
