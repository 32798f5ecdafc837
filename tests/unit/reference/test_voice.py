"""NPS and referrals of the pandas reference, checked by hand."""

import pandas as pd
import pytest

from tests.reference.facts import Facts, facts_of
from tests.reference.hand_made import at_day, orders, purchases, the_period
from tests.reference.landing import Landing
from tests.reference.voice import nps, nps_of


def answered(*scores: tuple[str, str, float]) -> pd.DataFrame:
    """NPS answers: (customer_id, day, score) each."""
    rows = pd.DataFrame(scores, columns=["customer_id", "answered_at", "score"])
    return rows.assign(feedback_id=rows.index.astype("str"), kind="nps")


def referred(*pairs: tuple[str, str | None, str]) -> pd.DataFrame:
    """Referrals: (referrer, referred, day) each."""
    rows = pd.DataFrame(pairs, columns=["referrer_id", "referred_id", "referred_at"])
    return rows.assign(referral_id=rows.index.astype("str"))


def company(**entities: pd.DataFrame) -> Facts:
    return facts_of(Landing(orders=orders(*purchases("x", 0)), **entities), at_day(70))


class TestAnswers:
    def test_the_score_and_its_interval(self) -> None:
        # 2 promoters, 1 passive, 1 detractor of 4: p 0.5, d 0.25, variance (0.75 - 0.0625) / 4,
        # whose root is 0.414578: 0.25 +- 1.959964 x 0.414578 = 0.25 +- 0.812559.
        scores = [("a", 9), ("b", 10), ("c", 8), ("d", 6)]
        rows = answered(*((who, "2024-01-05", score) for who, score in scores))
        row = the_period(nps_of(company(feedback=rows), "month"), "month", "2024-01-01")
        counts = ["respondents", "promoters", "passives", "detractors"]
        assert row[counts].tolist() == [4, 2, 1, 1]
        assert (row["promoter_share"], row["detractor_share"], row["nps"]) == (0.5, 0.25, 0.25)
        assert row["nps_lower_95"] == pytest.approx(-0.562559, abs=1e-5)
        assert row["nps_upper_95"] == pytest.approx(1.062559, abs=1e-5)

    def test_the_latest_of_the_period_counts_and_what_is_no_score_does_not(self) -> None:
        rows = answered(
            *(("x", "2024-01-05", 3), ("x", "2024-01-07", 9), ("x", "2024-01-07", 7)),
            *(("x", "2024-01-09", 11), ("x", "2024-01-09", -1), ("x", "2024-02-01", 0)),
        )
        table = nps(company(feedback=rows))
        january = the_period(table, "month", "2024-01-01")
        assert january[["passives", "respondents", "is_complete"]].tolist() == [1, 1, True]
        quarter = the_period(table, "quarter", "2024-01-01")
        assert quarter[["detractors", "nps", "is_complete"]].tolist() == [1, -1, False]
        assert (table["dimension_value"] != "IV").all()  # nobody answered there

    def test_other_questions_are_no_answers(self) -> None:
        rows = answered(("x", "2024-01-05", 9)).assign(kind="csat")
        assert nps(company(feedback=rows)).empty


class TestReferrals:
    def found(self, *pairs: tuple[str, str | None, str], **entities: pd.DataFrame) -> pd.Series:
        rows = orders(*purchases("x", 0), *purchases("friend", 5, 20))
        facts = facts_of(Landing(orders=rows, referrals=referred(*pairs), **entities), at_day(70))
        table = nps_of(facts, "quarter")
        if table.empty:
            return pd.Series([0, 0, 0])
        names = ["referrals_made", "referrals_converted", "referred_net_sales"]
        assert pd.isna(table["nps"].iloc[0])
        return the_period(table, "quarter", "2024-01-01")[names]

    def test_sales_are_those_from_the_day_of_the_referral_on(self) -> None:
        assert self.found(("x", "friend", "2024-01-06")).tolist() == [1, 1, 20]
        assert self.found(("x", "friend", "2024-01-07")).tolist() == [1, 1, 10]
        assert self.found(("x", "friend", "2024-01-22")).tolist() == [1, 0, 0]

    def test_each_is_counted_once_at_the_first_referral(self) -> None:
        found = self.found(("x", "friend", "2024-01-06"), ("y", "friend", "2024-01-07"))
        assert found.tolist() == [2, 2, 20]

    def test_strangers_are_referred_in_vain_and_nobody_refers_themselves(self) -> None:
        assert self.found(("x", None, "2024-01-02"), ("x", "who", "2024-01-02")).tolist() == [
            *(2, 0, 0)
        ]
        assert self.found(("x", "x", "2024-01-01")).tolist() == [0, 0, 0]

    def test_a_refund_belongs_to_the_day_of_its_order(self) -> None:
        # That of 6 January, the day before the referral.
        back = {"refund_id": "r", "customer_id": "friend", "order_id": "00001", "amount": 4}
        refunds = pd.DataFrame([back | {"refunded_at": "2024-02-20"}])
        found = self.found(("x", "friend", "2024-01-07"), refunds=refunds)
        assert found["referred_net_sales"] == 10
