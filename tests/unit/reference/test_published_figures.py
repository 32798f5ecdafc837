"""The pandas reference on public data sets: the figures that others have published."""

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from tests.reference.cohorts import cohorts
from tests.reference.customer_value import customer_value
from tests.reference.customers import customers
from tests.reference.examples import cdnow, online_retail
from tests.reference.facts import Facts, facts_of
from tests.reference.hand_made import the_month
from tests.reference.landing import Landing
from tests.reference.marts import reference_marts
from tests.reference.parameters import Parameters
from tests.reference.pareto import concentration
from tests.reference.retention import retention


@pytest.fixture(scope="module")
def examples() -> Path:
    folder = os.environ.get("RETENTION_EXAMPLE_DATA")
    if not folder:
        pytest.skip("RETENTION_EXAMPLE_DATA is not set: no public data sets to compute on")
    return Path(folder)


@pytest.fixture(scope="module")
def retail(examples: Path) -> Facts:
    return facts_of(online_retail(examples))


@pytest.fixture(scope="module")
def cd_buyers(examples: Path) -> Landing:
    return cdnow(examples)


def first_cohort(facts: Facts) -> pd.DataFrame:
    """The cells of the earliest cohort of all customers."""
    cells = cohorts(facts).query("cohort_grain == 'month' and dimension_name == 'all'")
    return cells[cells["cohort_start"] == cells["cohort_start"].min()]


@pytest.mark.examples
class TestOnlineRetail:
    """Golden figures: the metrics page, and its first computation on UCI Online Retail."""

    def test_sums(self, retail: Facts) -> None:
        table = customers(retail)
        bought = table[table["orders"] > 0]
        assert (len(bought), table["orders"].sum()) == (4338, 18532)
        assert table["gross_sales"].sum() == pytest.approx(8911407.90, abs=0.001)
        assert table["refunds"].sum() == pytest.approx(611342.09, abs=0.001)
        unseen = table[table["orders"] == 0]["net_sales"]
        assert (len(unseen), round(unseen.sum(), 2)) == (33, -10411.24)

    def test_rows(self, examples: Path) -> None:
        landing = online_retail(examples)
        assert (len(landing.order_lines), len(landing.refunds)) == (397884, 8905)

    def test_retention(self, retail: Facts) -> None:
        table = retention(retail)
        january, september = the_month(table, "2011-01-01"), the_month(table, "2011-09-01")
        columns = ["active_start", "new_customers", "active_end"]
        assert january[columns].tolist() == [885, 417, 741]
        assert round(january["crr"], 6) == 0.366102
        assert september[[*columns, "retained_customers"]].tolist() == [935, 299, 1266, 425]
        assert (round(september["crr"], 3), round(september["crr_strict"], 3)) == (1.034, 0.455)
        december = the_month(table, "2011-12-01")
        assert not december["is_complete"]
        assert december[["lost_customers", "crr", "crr_strict", "churn_rate"]].isna().all()

    def test_cohorts(self, retail: Facts) -> None:
        cells = first_cohort(retail)
        assert cells["active_customers"].tolist()[:3] == [885, 324, 286]
        assert cells["cohort_size"].iloc[0] == 885

    def test_concentration(self, retail: Facts) -> None:
        table = concentration(retail).set_index(["basis", "window_name"])
        row = table.loc[("gross_sales", "all_time")]
        assert row["customers_for_80"] == 1133
        assert round(row["customer_share_for_80"], 4) == 0.2612
        assert round(row["top_20_share"], 6) == 0.746171


@pytest.mark.examples
class TestCdnow:
    """Golden figures: Fader and Hardie's 1/10 sample and its published summaries."""

    def test_sums_cohort_and_concentration(self, cd_buyers: Landing) -> None:
        facts = facts_of(cd_buyers)
        table = customers(facts)
        assert (len(table), table["orders"].sum()) == (2357, 6919)
        assert table["gross_sales"].sum() == pytest.approx(244091.94, abs=0.001)
        cells = first_cohort(facts)
        assert cells["active_customers"].tolist()[:3] == [781, 124, 95]
        row = (
            concentration(facts)
            .set_index(["basis", "window_name"])
            .loc[("gross_sales", "all_time")]
        )
        assert (row["customers_for_80"], round(row["customer_share_for_80"], 4)) == (777, 0.3297)

    def test_the_published_summaries(self, cd_buyers: Landing, examples: Path) -> None:
        table = customer_value(facts_of(cd_buyers, Parameters(as_of_date=date(1997, 9, 30))))
        table = table.assign(ID=table["customer_id"].astype(int))
        name = "cdnow_customers_summary_with_transactions.csv"
        published = pd.read_csv(examples / "cdnow_sample" / name)
        both = table.merge(published, on="ID")
        assert len(both) == len(published) == 2357
        assert (both["frequency_x"] == both["x"]).all()
        printed = 0.005 + 1e-9
        assert (both["recency_t_x"] - both["t_x"]).abs().max() <= printed
        assert (both["age_t"] - both["T"]).abs().max() <= printed
        repeat = both[both["x"] > 0]
        assert (repeat["monetary_m"] - repeat["zbar"]).abs().max() <= printed
        assert both.loc[both["x"] == 0, "monetary_m"].isna().all()
        short = pd.read_csv(examples / "cdnow_sample" / "cdnow_customers_summary.csv")
        assert (table.sort_values("ID")["frequency_x"].to_numpy() == short["frequency"]).all()

    def test_all_marts_are_the_same_whatever_the_order_of_rows(self, cd_buyers: Landing) -> None:
        shuffled = replace(cd_buyers, orders=cd_buyers.orders.sample(frac=1, random_state=1))
        first, second = reference_marts(cd_buyers), reference_marts(shuffled)
        for name, table in first.items():
            pd.testing.assert_frame_equal(table, second[name], check_dtype=False)
