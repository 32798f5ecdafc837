"""What customers tell beside money and scores, checked by hand."""

from dataclasses import replace

import pandas as pd

from tests.reference.customers import customers
from tests.reference.facts import facts_of
from tests.reference.hand_made import NEW_YEAR, at_day, by_id, orders, purchases
from tests.reference.landing import Landing


def row_of(landing: Landing, who: str = "x", day: int = 400) -> pd.Series:
    """One customer's row as of a number of days after New Year 2024 (400: 4 February 2025)."""
    return by_id(customers(facts_of(landing, at_day(day)))).loc[who]


def test_values_channels_and_shares_of_orders() -> None:
    heads = orders(*purchases("x", 0, 0, 9), *purchases("y", 1)).assign(
        gross_amount=[20, 50, 30, 10],
        discount_amount=[5, 0, 5, 0],
        sales_channel=["web", "shop", None, "web"],
        coupon_code=["TEN", None, "TEN", None],
    )
    back = pd.DataFrame({"refund_id": ["a", "b"], "order_id": "00001", "amount": [4, 5]})
    back = back.assign(refunded_at=["2024-02-02", "2024-02-09"])
    landing = Landing(orders=heads, refunds=back)
    row, other = row_of(landing), row_of(landing, "y")
    assert [row["first_order_value"], row["last_order_value"]] == [15, 25]
    assert row["first_order_channel"] == "web" and pd.isna(row["last_order_channel"])
    assert row["average_order_value"] == 30 and row["coupon_orders"] == 2
    assert [row["discount_share"], row["refund_share"]] == [0.1, 0.1]
    assert row["first_refund_date"] == pd.Timestamp("2024-02-02")
    assert row["last_refund_date"] == pd.Timestamp("2024-02-09")
    assert [other["coupon_orders"], other["refund_share"]] == [0, 0]
    nothing = row_of(Landing(orders=orders(*purchases("x", 0))))
    assert nothing[["coupon_orders", "refund_share", "contacts_365d"]].isna().all()
    assert nothing[["referrals_made", "contracts_in_force"]].isna().all()


def test_contacts_of_the_year_and_the_last_of_either_direction() -> None:
    contacts = pd.DataFrame(
        [
            ("2024-02-06", "in", "call", "complaint"),  # The first of the 365 days.
            ("2024-02-05", "in", "chat", "complaint"),
            ("2024-03-01", "out", "letter", "sales"),
            ("2024-04-01", "in", "visit", "service"),
        ],
        columns=["occurred_at", "direction", "channel", "kind"],
    )
    contacts = contacts.assign(interaction_id=contacts.index, customer_id="x")
    landing = Landing(orders=orders(*purchases("x", 0), *purchases("y", 0)), interactions=contacts)
    row = row_of(landing)
    assert [row["contacts_365d"], row["complaints_365d"]] == [3, 1]
    assert row["preferred_contact_direction"] == "in"
    assert [row["last_inbound_channel"], row["last_outbound_channel"]] == ["visit", "letter"]
    assert row["last_inbound_date"] == pd.Timestamp("2024-04-01")
    silent = row_of(landing, "y")
    assert silent["contacts_365d"] == 0 and pd.isna(silent["preferred_contact_direction"])
    even = replace(landing, interactions=contacts[contacts["channel"] != "call"])
    assert row_of(even)["preferred_contact_direction"] == "both"


def test_the_latest_answer_and_referrals_of_others() -> None:
    answers = pd.DataFrame({"feedback_id": [1, 2, 3], "customer_id": "x", "kind": "nps"})
    answers = answers.assign(answered_at=["2024-01-03", "2024-01-02", "2024-01-04"])
    referrals = pd.DataFrame({"referral_id": [1, 2], "referrer_id": "x", "referred_id": ["x", "y"]})
    landing = Landing(
        orders=orders(*purchases("x", 0)),
        feedback=answers.assign(score=[7, 3, 11]),
        referrals=referrals.assign(referred_at="2024-01-05"),
    )
    row = row_of(landing)
    assert row["nps_score"] == 7 and row["nps_date"] == pd.Timestamp("2024-01-03")
    assert row["referrals_made"] == 1


def test_contracts_in_force_and_past() -> None:
    terms = pd.DataFrame(
        [
            # As of 10 April 2024: ended, cancelled but running, ending, renewing without amount.
            ("x", "2024-03-01", None, 10, "month", False),
            ("x", "2024-06-09", "2024-03-05", 100, "quarter", True),
            ("x", "2024-05-01", None, 100, "year", False),
            ("y", "2024-05-01", None, None, "month", True),
            ("z", "2024-03-01", None, 10, "month", False),
        ],
        columns=[
            *("customer_id", "ends_on", "cancelled_on"),
            *("recurring_amount", "billing_period", "auto_renews"),
        ],
    )
    landing = Landing(contracts=terms.assign(contract_id=terms.index, started_on=NEW_YEAR))
    row = row_of(landing, day=100)
    assert row["contracts_in_force"] == 2
    assert row["monthly_recurring_revenue"] == 41.66  # 33.33 + 8.33
    assert row["next_contract_end_date"] == pd.Timestamp("2024-05-01")
    assert row["last_contract_end_date"] == pd.Timestamp("2024-06-09")
    assert row["contract_cancelled_date"] == pd.Timestamp("2024-03-05")
    assert [row["is_auto_renewing"], row["is_contract_cancelled"]] == [False, True]
    assert row["is_renewal_due"] and not row_of(landing, day=99)["is_renewal_due"]
    open_end = row_of(landing, "y", day=100)
    assert open_end["is_auto_renewing"] and not open_end["is_renewal_due"]
    missing = ["monthly_recurring_revenue", "next_contract_end_date", "last_contract_end_date"]
    assert open_end[missing].isna().all()
    past = row_of(landing, "z", day=100)
    assert past["contracts_in_force"] == past["monthly_recurring_revenue"] == 0
    assert past["last_contract_end_date"] == pd.Timestamp("2024-03-01")
    assert past[["is_auto_renewing", "is_contract_cancelled", "is_renewal_due"]].isna().all()


def test_an_address_is_taken_whole_and_nobody_is_their_own_parent() -> None:
    cards = pd.DataFrame(
        {
            "customer_id": ["x", "old", "solo"],
            "merged_into_id": [None, "x", None],
            "city": [None, "Bonn", "Kiel"],
            "region": ["Bayern", "NRW", None],
            "acquisition_campaign": ["late", "early", None],
            "parent_customer_id": ["old", "holding", "solo"],
            "created_at": ["2024-01-02", "2024-01-01", "2024-01-01"],
        }
    )
    landing = Landing(orders=orders(*purchases("x", 5), *purchases("solo", 5)), customers=cards)
    row = row_of(landing, "old")
    assert pd.isna(row["city"]) and row["region"] == "Bayern"
    assert row["acquisition_campaign"] == "early" and row["parent_customer_id"] == "holding"
    assert pd.isna(row_of(landing, "solo")["parent_customer_id"])
