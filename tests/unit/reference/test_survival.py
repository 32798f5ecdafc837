"""The survival estimate of the pandas reference, against a published table and by hand."""

import pandas as pd
import pytest

from tests.reference.facts import facts_of
from tests.reference.hand_made import at_day, orders, purchases
from tests.reference.landing import Landing
from tests.reference.survival import kaplan_meier, subjects, survival

# Freireich et al., Blood 21 (1963) 699: weeks of remission of 21 patients under 6-mercaptopurine.
RELAPSED = [6, 6, 6, 7, 10, 13, 16, 22, 23]
STILL_WELL = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]


def estimate(churned: list[int], censored: list[int]) -> pd.DataFrame:
    days = pd.Series([*churned, *censored])
    return kaplan_meier(days, pd.Series([True] * len(churned) + [False] * len(censored)))


def test_the_published_table_of_remissions() -> None:
    table = estimate(RELAPSED, STILL_WELL)
    assert table["days"].tolist() == [0, 6, 7, 10, 13, 16, 22, 23]
    assert table["at_risk"].tolist() == [21, 21, 17, 15, 12, 11, 7, 6]
    assert table["censored"].tolist() == [0, 1, 1, 2, 0, 3, 0, 5]
    published = [1, 0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    # Printed values are cut or rounded in the third decimal: 0.6275 stands as 0.627.
    assert (table["survival"] - published).abs().max() < 0.0006
    bounds = table.loc[1:, ["lower_95", "upper_95"]].round(4).to_numpy().tolist()
    # Log-log intervals of the same data, as statistics packages print them.
    assert bounds == [
        [0.6197, 0.9516],
        [0.5631, 0.9228],
        [0.5032, 0.8894],
        [0.4316, 0.8491],
        [0.3675, 0.8049],
        [0.2678, 0.7468],
        [0.1881, 0.6801],
    ]


def test_without_churn_there_is_one_row_without_bounds() -> None:
    row = estimate([], [0, 5]).iloc[0]
    assert row[["days", "at_risk", "churned", "censored", "survival"]].tolist() == [0, 2, 0, 2, 1]
    assert row[["lower_95", "upper_95"]].isna().all()


def test_where_all_churned_survival_is_zero_without_bounds() -> None:
    table = estimate([3, 3], [])
    assert table[["at_risk", "churned", "survival"]].to_numpy().tolist() == [[2, 0, 1], [2, 2, 0]]
    assert table[["lower_95", "upper_95"]].isna().all().all()


def test_who_churns_on_the_first_day_is_in_its_row() -> None:
    table = estimate([0], [4])
    assert table[["days", "at_risk", "churned"]].to_numpy().tolist() == [[0, 2, 1]]
    assert table["survival"].item() == 0.5
    assert table["lower_95"].item() < 0.5 < table["upper_95"].item()


def test_only_the_first_episode_counts_and_the_silent_are_watched_until_as_of_date() -> None:
    # Silent for 10 days is churn. back: churned on day 10, came back on 20; late: seen on day 25.
    rows = orders(*purchases("back", 0, 20), *purchases("late", 25))
    facts = facts_of(Landing(orders=rows), at_day(30, min_churn_days=10, max_churn_days=10))
    table = survival(facts)
    assert set(table["dimension_name"]) >= {"all", "country", "service_tier", "basis"}
    whole = table[table["dimension_name"] == "all"]
    cells = whole[["days", "at_risk", "churned", "censored"]].to_numpy().tolist()
    assert cells == [[0, 2, 0, 1], [10, 1, 1, 0]]
    assert subjects(facts).to_numpy().tolist() == [[10, True], [5, False]]


@pytest.mark.parametrize("dimension", ["all", "relationship_level"])
def test_prospects_are_no_subjects(dimension: str) -> None:
    crm = pd.DataFrame({"customer_id": ["asked"]})
    facts = facts_of(Landing(orders=orders(*purchases("x", 0)), customers=crm), at_day(3))
    table = survival(facts)
    assert table.loc[table["dimension_name"] == dimension, "at_risk"].tolist() == [1]
