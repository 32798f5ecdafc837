"""Reasons of churn and overdue contacts of the pandas reference, checked by hand."""

from datetime import date, timedelta

import pandas as pd
import pytest

from tests.reference.churn import churn, customer_churn
from tests.reference.facts import Facts, facts_of
from tests.reference.hand_made import NEW_YEAR, at_day, by_id, orders, purchases
from tests.reference.landing import Landing
from tests.reference.reasons import churn_reasons, episode_reasons

SILENCE = {"min_churn_days": 10, "max_churn_days": 10}


def on(offset: int) -> str:
    return str(NEW_YEAR + timedelta(days=offset))


def complaints(*said: tuple[int, str | None]) -> pd.DataFrame:
    """Complaints of x: (day, reason) each, with ids that fall."""
    return pd.DataFrame(
        [
            {
                "interaction_id": str(9 - n),
                "customer_id": "x",
                "occurred_at": on(day),
                "reason": reason,
            }
            | {"kind": "complaint", "direction": "in", "channel": "chat", "cost_amount": 0}
            for n, (day, reason) in enumerate(said)
        ]
    )


def surveys(*said: tuple[int, str | None]) -> pd.DataFrame:
    """Exit surveys of x: (day, reason) each."""
    return pd.DataFrame(
        [
            {"feedback_id": str(n), "customer_id": "x", "answered_at": on(day), "reason": reason}
            | {"kind": "exit_survey"}
            for n, (day, reason) in enumerate(said)
        ]
    )


def bought(*offsets: int, **entities: pd.DataFrame) -> Facts:
    """x bought on these days; ten days of silence are churn; seen from day 200."""
    return facts_of(
        Landing(orders=orders(*purchases("x", *offsets)), **entities), at_day(200, **SILENCE)
    )


def first_reason(facts: Facts) -> str:
    return str(episode_reasons(facts)["churn_reason"].iloc[0])


class TestReasons:
    # x is last seen on day 100 and taken for lost on day 110.

    @pytest.mark.parametrize(
        ("said", "reason"),
        [
            ([(20, "price")], "price"),
            ([(19, "price")], "unknown"),
            ([(110, " Price ")], "price"),
            ([(111, "price")], "unknown"),
            ([(50, "price"), (60, None), (61, " ")], "price"),
            ([(50, "price"), (60, "competitor")], "competitor"),
            ([(60, "price"), (60, "competitor")], "price"),
            ([(60, "it rained")], "other"),
            ([(60, "No longer needed")], "no_longer_needed"),
        ],
    )
    def test_the_last_complaint_that_gives_one(
        self, said: list[tuple[int, str | None]], reason: str
    ) -> None:
        assert first_reason(bought(100, interactions=complaints(*said))) == reason

    @pytest.mark.parametrize(
        ("day", "reason"),
        [(9, "unknown"), (10, "payment"), (149, "payment"), (150, "unknown")],
    )
    def test_a_survey_counts_until_the_day_before_the_return(self, day: int, reason: str) -> None:
        # The first episode ends on day 150.
        assert first_reason(bought(100, 150, feedback=surveys((day, "payment")))) == reason

    def test_a_survey_goes_before_a_complaint(self) -> None:
        facts = bought(
            100, interactions=complaints((105, "price")), feedback=surveys((104, "moved away"))
        )
        assert first_reason(facts) == "moved_away"

    def contractual(self, **columns: list[object]) -> Facts:
        terms = pd.DataFrame({"customer_id": ["x", "x"], "started_on": [NEW_YEAR] * 2} | columns)
        terms = terms.assign(contract_id=["k1", "k2"])
        return facts_of(
            Landing(contracts=terms, interactions=complaints((60, "price"))), at_day(200)
        )

    def test_a_cancellation_goes_before_all_others(self) -> None:
        end = date(2024, 3, 1)
        gone = {"cancelled_on": [end] * 2, "ends_on": [None] * 2}
        facts = self.contractual(**gone, cancel_reason=["competitor", "payment"])
        assert first_reason(facts) == "competitor"  # known at once: the smallest contract_id
        facts = self.contractual(**gone, cancel_reason=[None, "payment"])
        assert first_reason(facts) == "payment"

    def test_a_contract_that_ran_out_was_not_cancelled(self) -> None:
        gone = {"cancelled_on": [None] * 2, "ends_on": [date(2024, 3, 1), date(2024, 2, 1)]}
        facts = self.contractual(**gone, cancel_reason=["competitor", "payment"])
        assert first_reason(facts) == "price"

    def test_heads_and_lost_sales_sum_to_churn_cell_by_cell(self) -> None:
        rows = orders(*purchases("x", 0, 25, 70), *purchases("y", 0, 25), *purchases("z", 45))
        facts = facts_of(
            Landing(orders=rows, interactions=complaints((30, "price"))), at_day(120, **SILENCE)
        )
        keys = ["period_grain", "period_start", "dimension_name", "dimension_value"]
        numbers = ["churned_customers", "lost_net_sales"]
        reasons = churn_reasons(facts)
        flows = churn(facts).set_index(keys)[numbers]
        flows = flows[flows["churned_customers"] > 0]
        sums = reasons.groupby(keys)[numbers].sum()
        pd.testing.assert_frame_equal(sums.sort_index(), flows.sort_index(), check_dtype=False)
        # February: x (price) and y fell silent on the 5th, with sales of 20 each.
        february = reasons[reasons["period_start"] == "2024-02-01"]
        cells = february[
            (february["dimension_name"] == "all") & (february["period_grain"] == "month")
        ]
        assert cells["churn_reason"].tolist() == ["price", "unknown"]
        assert cells["churned_share"].tolist() == [0.5, 0.5]
        assert cells["lost_net_sales"].tolist() == [20, 20]


class TestContacts:
    # One customer alone is a partner: a contact every 30 days.

    @pytest.mark.parametrize(("day", "overdue"), [(70, False), (69, True)])
    def test_overdue_after_the_days_of_the_level(self, day: int, overdue: bool) -> None:
        rows = orders(*purchases("x", 0))
        facts = facts_of(Landing(orders=rows, interactions=complaints((day, None))), at_day(100))
        row = by_id(customer_churn(facts)).loc["x"]
        assert (row["contact_every_days"], row["is_contact_overdue"]) == (30, overdue)
        assert row["last_contact_date"] == pd.Timestamp(NEW_YEAR) + pd.Timedelta(days=day)

    def test_who_was_never_in_touch_waits_since_the_first_purchase(self) -> None:
        # Margins 4 and, for x with its contact, 4: at both lines, so partners both.
        rows = orders(*purchases("x", 0), *purchases("new", 70), *purchases("old", 69))
        facts = facts_of(Landing(orders=rows, interactions=complaints((99, None))), at_day(100))
        overdue = by_id(customer_churn(facts))["is_contact_overdue"]
        assert overdue.to_dict() == {"new": False, "old": True, "x": False}

    def test_without_interactions_nothing_is_known(self) -> None:
        crm = pd.DataFrame({"customer_id": ["asked"]})
        facts = facts_of(Landing(orders=orders(*purchases("x", 0)), customers=crm), at_day(100))
        table = by_id(customer_churn(facts))
        assert table["is_contact_overdue"].isna().all()
        assert pd.isna(table.loc["asked", "contact_every_days"])
