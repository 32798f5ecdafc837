"""Churn and contracts of the pandas reference, on rows small enough to check by hand."""

from datetime import date, timedelta

import pandas as pd
import pytest

from tests.reference.churn import churn_episodes, churn_of, customer_churn
from tests.reference.contracts import contract_spans
from tests.reference.customers import customers
from tests.reference.facts import Facts, facts_of
from tests.reference.hand_made import NEW_YEAR, at_day, by_id, orders, purchases, the_month
from tests.reference.landing import Landing
from tests.reference.rhythm import episodes_of, rhythm_of


class TestChurn:
    def test_a_lapse_is_judged_by_the_gaps_known_up_to_it(self) -> None:
        rows = [*purchases("x", 0, 10, 30, 200), *purchases("y", 0)]
        facts = facts_of(Landing(orders=orders(*rows)), at_day(300, rhythm_prior_days=20))
        # after day 30: n 2, g 15, e (30 + 60) / 5 = 18, churn after 72; day 200 ended it
        # after day 200: n 3, g 20, e 20, churn after 80; y: e 20, churn after 80
        table = churn_episodes(facts).sort_values("churned_at")
        begun = (table["churned_at"] - pd.Timestamp(NEW_YEAR)).dt.days.tolist()
        assert begun == [80, 102, 280]
        assert table["is_open"].tolist() == [True, False, True]
        assert by_id(customer_churn(facts)).loc["x", "expected_gap_days"] == 20

    @pytest.mark.parametrize(("silent", "state"), [(79, "at_risk"), (80, "churned")])
    def test_churn_begins_when_the_last_day_of_waiting_has_passed(
        self, silent: int, state: str
    ) -> None:
        facts = facts_of(
            Landing(orders=orders(*purchases("x", 0))), at_day(silent, rhythm_prior_days=20)
        )
        assert by_id(customer_churn(facts)).loc["x", "customer_state"] == state

    def test_a_purchase_on_the_last_day_of_waiting_comes_in_time(self) -> None:
        rows = orders(*purchases("in_time", 0, 80), *purchases("late", 0, 81))
        facts = facts_of(Landing(orders=rows), at_day(81, rhythm_prior_days=20))
        assert churn_episodes(facts)["customer_id"].tolist() == ["late"]
        states = by_id(customer_churn(facts))["customer_state"]
        assert states.to_dict() == {"in_time": "active", "late": "returned"}

    def test_lost_sales_are_those_of_365_days_up_to_the_last_purchase(self) -> None:
        rows = orders(*purchases("inside", 1, 365), *purchases("outside", 0, 365))
        p = at_day(500, max_churn_days=30)
        facts = facts_of(Landing(orders=rows), p)
        episodes = episodes_of(facts, rhythm_of(facts))
        last = episodes.drop_duplicates("customer_id", keep="last").set_index("customer_id")
        assert last["sales_before"].to_dict() == {"inside": 2000, "outside": 1000}

    def test_states_are_taken_in_their_order(self) -> None:
        rows = [*purchases("new", 195), *purchases("returned", 0, 190), *purchases("at_risk", 150)]
        rows += [*purchases("churned", 0), *purchases("active", 160, 180)]
        crm = pd.DataFrame({"customer_id": ["prospect"]})
        landing = Landing(orders=orders(*rows), customers=crm)
        facts = facts_of(landing, at_day(200, rhythm_prior_days=20))
        states = by_id(customer_churn(facts))["customer_state"]
        assert {name: state for name, state in states.items() if name != state} == {}

    def test_m_is_the_median_of_the_customers_own_medians(self) -> None:
        rows = orders(
            *purchases("x", 0, 10, 20, 30, 40), *purchases("y", 0, 50), *purchases("z", 0)
        )
        rhythm = rhythm_of(facts_of(Landing(orders=rows)))
        assert rhythm.prior_days == 30
        assert rhythm.window_days == pytest.approx(34)  # gaps 10, 10, 10, 10, 50

    def test_the_months_flows(self) -> None:
        rows = [*purchases("base", 10, 20), *purchases("again", 0, 91), *purchases("quick", 91, 92)]
        p = at_day(181, rhythm_prior_days=20, max_churn_days=29, min_churn_days=29)
        table = churn_of(facts_of(Landing(orders=orders(*rows)), p), "month")
        columns = ["churned_customers", "base_customers", "churned_new", "churned_again"]
        found = {m: the_month(table, f"2024-0{m}-01")[columns].tolist() for m in (1, 2, 4)}
        # base: 49; again: 29 (Jan 30) and 120 (Apr 30), open on Apr 1, its episode's last day
        assert found == {1: [0, 0, 1, 0], 2: [1, 1, 0, 0], 4: [0, 0, 0, 1]}
        assert the_month(table, "2024-02-01")["lost_net_sales"] == 20
        assert pd.isna(the_month(table, "2024-01-01")["rhythm_churn_rate"])
        assert the_month(table, "2024-02-01")["rhythm_churn_rate"] == 1


class TestContracts:
    def facts(
        self, offset: int, *spans: tuple[int, int | None, int | None], renews: bool = False
    ) -> Facts:
        rows = [
            {
                "contract_id": n,
                "customer_id": "x",
                "started_on": NEW_YEAR + timedelta(days=start),
                "ends_on": None if end is None else NEW_YEAR + timedelta(days=end),
                "cancelled_on": None if gone is None else NEW_YEAR + timedelta(days=gone),
                "auto_renews": renews,
                "recurring_amount": 30,
                "billing_period": "month",
            }
            for n, (start, end, gone) in enumerate(spans)
        ]
        return facts_of(Landing(contracts=pd.DataFrame(rows)), at_day(offset))

    @pytest.mark.parametrize(
        ("offset", "span", "state"),
        [
            (100, (0, None, None), "active"),
            (100, (0, 161, None), "active"),
            (100, (0, 160, None), "at_risk"),
            (100, (0, 300, 90), "at_risk"),
            (100, (0, 300, 110), "active"),
            (100, (0, None, 71), "at_risk"),
            (100, (0, None, 70), "churned"),
        ],
    )
    def test_the_state_follows_the_contract(
        self, offset: int, span: tuple[int, int | None, int | None], state: str
    ) -> None:
        assert customer_churn(self.facts(offset, span))["customer_state"].item() == state

    def test_one_that_renews_itself_is_open_until_it_is_cancelled(self) -> None:
        facts = self.facts(100, (0, 50, None), renews=True)
        assert customer_churn(facts)["customer_state"].item() == "active"

    @pytest.mark.parametrize(
        ("noted", "state"), [("2024-04-10", "at_risk"), ("2024-04-11", "active"), (None, "active")]
    )
    def test_a_planned_cancellation_counts_from_when_it_was_noted(
        self, noted: str | None, state: str
    ) -> None:
        row = {"contract_id": "k", "customer_id": "x", "started_on": NEW_YEAR, "auto_renews": True}
        row |= {"cancelled_on": date(2024, 12, 31), "updated_at": noted}
        facts = facts_of(Landing(contracts=pd.DataFrame([row])), at_day(100))  # 10 April
        assert customer_churn(facts)["customer_state"].item() == state

    def test_a_new_one_within_the_gap_continues_the_old(self) -> None:
        facts = self.facts(300, (0, 50, None), (80, 120, None), (151, 200, None))
        spans = contract_spans(facts.terms, facts.parameters)
        first = (NEW_YEAR - date(1970, 1, 1)).days
        assert (spans[["start", "end"]] - first).to_numpy().tolist() == [[0, 120], [151, 200]]
        episodes = churn_episodes(facts)
        assert episodes["is_open"].tolist() == [False, True]
        assert episodes["churned_at"].iloc[0] == pd.Timestamp("2024-05-30")

    def test_without_orders_each_billing_day_sells_the_recurring_amount(self) -> None:
        facts = self.facts(120, (30, 91, None))  # January 31 to April 1
        days = facts.days["day"].to_numpy().astype("datetime64[D]").astype(str).tolist()
        assert days == ["2024-01-31", "2024-02-29", "2024-03-31"]
        row = customers(facts).iloc[0]
        assert row[["orders", "gross_sales", "contribution_margin"]].tolist() == [3, 90, 36]
