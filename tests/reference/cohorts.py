"""Section 3 of the metrics page: `cohorts`."""

import numpy as np
import pandas as pd

from .contracts import in_force
from .days import NEVER, to_dates
from .facts import Facts
from .money import to_money
from .periods import period_end, period_of, period_start

GRAINS = ["week", "month", "quarter"]

DIMENSIONS = ["all", "acquisition_channel", "country", "first_product_category"]
COHORT = ["cohort_period", "dimension_value"]
SUMS = {
    "orders": "orders",
    "net_sales": "net_sales_attributed",
    "contribution_margin": "contribution_margin_attributed",
}


def cohort_members(facts: Facts, grain: str) -> pd.DataFrame:
    """One row per customer with a cohort: `cohort_period` (its number) and the dimensions."""
    members = facts.customers[facts.customers["entry_day"] < NEVER]
    return members.assign(cohort_period=period_of(members["entry_day"], grain, facts.parameters))


def customer_periods(facts: Facts, grain: str, members: pd.DataFrame) -> pd.DataFrame:
    """One row per customer x period_number with an event: SUMS (cents), and `is_buyer`.

    What lies before the cohort's period (a refund of an order never seen, a first contact) counts
    in period 0.
    """
    days = facts.days.join(members["cohort_period"], on="customer_id", how="inner")
    days = days.reset_index(drop=True)
    number = period_of(days["day"], grain, facts.parameters) - days["cohort_period"]
    number = number.clip(lower=0).astype(np.int64)
    grouped = days.assign(period_number=number).groupby(["customer_id", "period_number"])
    sums = grouped[list(SUMS.values())].sum().set_axis(list(SUMS), axis=1)
    return sums.assign(is_buyer=grouped["is_purchase_day"].any()).reset_index()


def contract_activity(facts: Facts, grain: str, members: pd.DataFrame) -> pd.DataFrame:
    """One row per contractual customer x period_number in force on the period's last day."""
    first = int(members["cohort_period"].min()) if len(members) else 0
    last = period_of(np.array([facts.as_of]), grain, facts.parameters)[0]
    numbers = np.arange(first, last + 1)
    last_days = np.minimum(period_end(numbers, grain, facts.parameters), facts.as_of)
    parts = [
        pd.DataFrame({"customer_id": in_force(facts.terms, int(day)), "number": number})
        for number, day in zip(numbers, last_days, strict=True)
    ]
    active = pd.concat(parts).join(members["cohort_period"], on="customer_id", how="inner")
    number = (active["number"] - active["cohort_period"]).astype(np.int64)
    return pd.DataFrame({"customer_id": active["customer_id"], "period_number": number})


def active_members(
    facts: Facts, grain: str, members: pd.DataFrame, periods: pd.DataFrame
) -> pd.DataFrame:
    """One row per customer x period_number in which the customer was active."""
    contractual = members.index[members["basis"] == "contractual"]
    bought = periods.loc[periods["is_buyer"], ["customer_id", "period_number"]]
    bought = bought[~bought["customer_id"].isin(contractual)]
    running = contract_activity(facts, grain, members.loc[contractual])
    parts = [part for part in (bought, running) if len(part)] or [bought]
    return pd.concat(parts, ignore_index=True).astype({"period_number": np.int64})


def cohort_grid(members: pd.DataFrame, dimension: str, last: int) -> pd.DataFrame:
    """One row per cohort x value of the dimension x every period number up to the `last`."""
    sizes = members.groupby(["cohort_period", dimension]).size().rename("cohort_size")
    sizes = sizes.rename_axis(COHORT).reset_index()
    periods = last - sizes["cohort_period"].to_numpy() + 1
    grid = sizes.loc[sizes.index.repeat(periods)].reset_index(drop=True)
    return grid.assign(
        dimension_name=dimension, period_number=grid.groupby(COHORT).cumcount().to_numpy()
    )


def cohort_cells(
    dimension: str, members: pd.DataFrame, periods: pd.DataFrame, active: pd.DataFrame, last: int
) -> pd.DataFrame:
    """The grid with active customers, orders and money (cents) of each cell, 0 where nothing."""
    grid = cohort_grid(members, dimension, last)
    cohort = members[["cohort_period", dimension]].set_axis(COHORT, axis=1)
    cell = [*COHORT, "period_number"]
    sums = periods.join(cohort, on="customer_id").groupby(cell)[list(SUMS)].sum()
    heads = active.join(cohort, on="customer_id").groupby(cell).size().rename("active_customers")
    whole = grid.join(heads, on=cell).join(sums, on=cell)
    return whole.fillna(dict.fromkeys(["active_customers", *SUMS], 0))


def with_curves(cells: pd.DataFrame, facts: Facts, grain: str) -> pd.DataFrame:
    """Rates and lifetime value curves, NULL in cells that are not fully observed."""
    p = facts.parameters
    ends = period_end(cells["cohort_period"] + cells["period_number"], grain, p)
    cohort_seen = period_start(cells["cohort_period"], grain, p) >= facts.data_start
    complete = (ends <= facts.as_of) & cohort_seen
    size = cells["cohort_size"]
    curves = cells.groupby([*COHORT, "dimension_name"])[["net_sales", "contribution_margin"]]
    curves = to_money(curves.cumsum())
    return cells.assign(
        is_complete=complete,
        retention_rate=(cells["active_customers"] / size).where(complete),
        cumulative_net_sales_per_customer=(curves["net_sales"] / size).where(complete),
        cumulative_margin_per_customer=(curves["contribution_margin"] / size).where(complete),
    )


def cohorts_of(facts: Facts, grain: str) -> pd.DataFrame:
    """The cells of one cohort_grain."""
    members = cohort_members(facts, grain)
    periods = customer_periods(facts, grain, members)
    active = active_members(facts, grain, members, periods)
    last = int(period_of(np.array([facts.as_of]), grain, facts.parameters)[0])
    cells = [cohort_cells(dimension, members, periods, active, last) for dimension in DIMENSIONS]
    table = with_curves(pd.concat(cells, ignore_index=True), facts, grain)
    counts = ["cohort_size", "active_customers", "orders", "period_number"]
    starts = period_start(table["cohort_period"], grain, facts.parameters)
    table = table.astype(dict.fromkeys(counts, np.int64)).assign(
        cohort_grain=grain,
        cohort_start=to_dates(starts),
        net_sales=to_money(table["net_sales"]),
        contribution_margin=to_money(table["contribution_margin"]),
    )
    keys = ["cohort_grain", "cohort_start", "period_number", "dimension_name", "dimension_value"]
    values = "cohort_size active_customers orders net_sales contribution_margin retention_rate "
    values += "cumulative_net_sales_per_customer cumulative_margin_per_customer is_complete"
    return table[[*keys, *values.split()]]


def cohorts(facts: Facts) -> pd.DataFrame:
    """Grain: cohort_grain x cohort_start x period_number x dimension_name x dimension_value.

    Curves are money per customer of the cohort, not rounded.
    """
    return pd.concat([cohorts_of(facts, grain) for grain in GRAINS], ignore_index=True)
