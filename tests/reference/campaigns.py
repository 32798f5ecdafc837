"""`campaign_results`: treated beside held out, intention to treat, with 95 % intervals."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from .days import calendar_days
from .facts import Facts
from .identity import customer_ids_of
from .landing import Landing
from .money import cents, to_money

Z = 1.959963984540054
DIMENSIONS = ("acquisition_channel", "country", "customer_type", "basis")
SMALL_BASE = 30
Row = dict[str, Any]


def campaign_results(facts: Facts, landing: Landing, assignments: pd.DataFrame) -> pd.DataFrame:
    """Grain: campaign_id x dimension_name x dimension_value; uplifts per customer, in money.

    `assignments`: campaign_id, segment, destination, customer_id (as given), arm, assigned_on.
    """
    campaigns = landing.campaigns.assign(day=calendar_days(landing.campaigns["starts_on"]))
    campaigns = campaigns[campaigns["day"] <= facts.as_of]
    given = assignments.assign(day=calendar_days(assignments["assigned_on"]))
    given = given[given["day"] <= facts.as_of]
    if len(given):
        ids = customer_ids_of(landing, facts.parameters)
        own = given["customer_id"].map(lambda one: ids.get(one, one))
        given = given.assign(customer=own)[own.isin(facts.customers.index)]
    else:
        given = given.assign(customer=pd.Series(dtype="str"))
    bought = dict(iter(facts.days.groupby("customer_id")))
    rows: list[Row] = []
    for campaign in campaigns.to_dict("records"):
        span = campaign["response_window_days"]
        window = 30 if pd.isna(span) else int(span)
        members = _members(campaign, window, given)
        told = _responses(members, window, bought, facts)
        rows += _results(campaign, window, told)
    columns = next(_results(dict.fromkeys(campaigns.columns), 0, _told([])))
    return pd.DataFrame(rows, columns=list(columns))


def _members(campaign: Row, window: int, given: pd.DataFrame) -> pd.DataFrame:
    """Who was assigned first to which arm: own assignments, else the global ones in time."""
    rows = given[given["campaign_id"] == campaign["campaign_id"]]
    if rows.empty:
        rows = given[
            given["campaign_id"].isna()
            & (given["segment"] == campaign["segment"])
            & (given["destination"] == campaign["destination"])
            & (given["day"] < campaign["day"] + window)
        ]
    rows = rows.sort_values(["day", "customer_id", "arm"]).drop_duplicates("customer")
    return rows.assign(begins=rows["day"].clip(lower=campaign["day"]))


def _responses(
    members: pd.DataFrame, window: int, bought: dict[str, pd.DataFrame], facts: Facts
) -> pd.DataFrame:
    """One row per member: arm (None while the window lasts), what they did, and dimensions."""
    rows = []
    for customer, arm, begins in members[["customer", "arm", "begins"]].to_numpy().tolist():
        days = bought.get(customer, facts.days.iloc[:0])
        inside = days[(days["day"] >= begins) & (days["day"] < begins + window)]
        before = days[(days["day"] >= begins - window) & (days["day"] < begins)]
        rows.append(
            {
                "arm": arm if begins + window - 1 <= facts.as_of else "pending",
                "active_before": bool(before["is_purchase_day"].any()),
                "converted": bool(inside["is_purchase_day"].any()),
                "sales": int(inside["net_sales"].sum()),
                "margin": int(inside["contribution_margin"].sum()),
                **{name: facts.customers.loc[customer, name] for name in DIMENSIONS},
            }
        )
    return _told(rows)


def _told(rows: list[Row]) -> pd.DataFrame:
    names = ["arm", "active_before", "converted", "sales", "margin", *DIMENSIONS]
    kinds = {"active_before": "bool", "converted": "bool", "sales": "int64", "margin": "int64"}
    return pd.DataFrame(rows, columns=names).astype(kinds)


def _results(campaign: Row, window: int, told: pd.DataFrame) -> Iterator[Row]:
    cost = None if pd.isna(campaign["cost_amount"]) else cents(pd.Series([campaign["cost_amount"]]))
    head = {
        "campaign_id": campaign["campaign_id"],
        "segment": campaign["segment"],
        "destination": campaign["destination"],
        "starts_on": campaign["starts_on"],
        "response_window_days": window,
    }
    yield head | {"dimension_name": "all", "dimension_value": "all"} | _effect(told, cost)
    for name in DIMENSIONS:
        for value, part in told.groupby(name):
            yield head | {"dimension_name": name, "dimension_value": value} | _effect(part, None)


def _effect(told: pd.DataFrame, cost: Any) -> Row:
    treated, held = told[told["arm"] == "treated"], told[told["arm"] == "held_out"]
    n, m = len(treated), len(held)
    row: Row = {
        "treated_customers": n,
        "held_out_customers": m,
        "pending_customers": int((told["arm"] == "pending").sum()),
        "treated_converted": int(treated["converted"].sum()),
        "held_out_converted": int(held["converted"].sum()),
        "treated_active_before": int(treated["active_before"].sum()),
        "held_out_active_before": int(held["active_before"].sum()),
        "is_small_base": min(n, m) < SMALL_BASE,
        "cost_amount": None if cost is None else to_money(pd.Series(cost)).iloc[0],
    }
    row |= _difference_of_shares("conversion", treated["converted"], held["converted"])
    active, other = treated[treated["active_before"]], held[held["active_before"]]
    row |= _difference_of_shares("crr", active["converted"], other["converted"])
    for name in ("sales", "margin"):
        row |= _difference_of_means(name, treated[name] / 100, held[name] / 100)
        gained = row[f"{name}_uplift"]
        row[f"incremental_{name}"] = None if gained is None else gained * n
    gained = row["incremental_margin"]
    paid = None if cost is None else cost[0] / 100
    row["return_on_cost"] = (gained - paid) / paid if gained is not None and paid else None
    return row


def wilson(share: float, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, as centre and half width."""
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return float(centre - half), float(centre + half)


def newcombe(share: float, n: int, other: float, m: int) -> tuple[float, float]:
    """Newcombe's hybrid score interval (1998, method 10) of share − other."""
    (low, high), (other_low, other_high) = wilson(share, n), wilson(other, m)
    down = np.hypot(share - low, other_high - other)
    up = np.hypot(high - share, other - other_low)
    return float(share - other - down), float(share - other + up)


def _difference_of_shares(name: str, treated: pd.Series, held: pd.Series) -> Row:
    rate = "conversion_rate" if name == "conversion" else name
    one = float(treated.mean()) if len(treated) else None
    other = float(held.mean()) if len(held) else None
    row: Row = {f"treated_{rate}": one, f"held_out_{rate}": other}
    bounds: tuple[float | None, float | None] = (None, None)
    if one is not None and other is not None:
        bounds = newcombe(one, len(treated), other, len(held))
    both = one is not None and other is not None
    return row | {
        f"{name}_uplift": one - other if both else None,
        f"{name}_uplift_lower_95": bounds[0],
        f"{name}_uplift_upper_95": bounds[1],
    }


def _difference_of_means(name: str, treated: pd.Series, held: pd.Series) -> Row:
    one = float(treated.mean()) if len(treated) else None
    other = float(held.mean()) if len(held) else None
    uplift = half = None
    if one is not None and other is not None:
        uplift = one - other
        if min(len(treated), len(held)) > 1:
            error = treated.var(ddof=1) / len(treated) + held.var(ddof=1) / len(held)
            half = Z * float(np.sqrt(error))
    return {
        f"treated_{name}_per_customer": one,
        f"held_out_{name}_per_customer": other,
        f"{name}_uplift": uplift,
        f"{name}_uplift_lower_95": None if uplift is None or half is None else uplift - half,
        f"{name}_uplift_upper_95": None if uplift is None or half is None else uplift + half,
    }


NOBODY = pd.DataFrame(
    columns=["campaign_id", "segment", "destination", "customer_id", "arm", "assigned_on"]
)
"""No assignment at all."""
