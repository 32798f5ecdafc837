"""Section 1 of the metrics page: orders, refunds and their money, in whole cents.

Amounts of a line are rounded to the cent once, half away from zero; everything else sums these.
"""

import numpy as np
import pandas as pd

from .days import NEVER, calendar_days, day_number, event_days, event_times
from .landing import Landing, customers_flagged_test, known_events, latest_versions
from .money import Cents, Flags, cents, half_away, product, share_of, to_units
from .parameters import Parameters

MONEY = ["gross_sales", "discounts", "cost_of_goods", "shipping", "payment_fees"]
SAID = ["country", "sales_channel", "coupon_code"]
"""What an order says besides its money."""


def order_headers(landing: Landing, p: Parameters) -> pd.DataFrame:
    """One row per order, cancelled ones too: the orders, and those that only lines know.

    An order known by its lines takes their earliest time, their customer and their country.
    """
    orders = latest_versions(landing.orders, ["order_id"], p)
    lines = sellable_lines(landing, p)
    lines = lines[~lines["order_id"].isin(orders["order_id"])]
    times = event_times(lines["ordered_at"])
    of_lines = (
        lines.assign(ordered_at=times)
        .groupby("order_id", as_index=False)
        .agg({"ordered_at": "min", "customer_id": "min", "country": "min"})
    )
    of_orders = orders.assign(ordered_at=event_times(orders["ordered_at"]))
    parts = [part for part in (of_orders, of_lines) if len(part)] or [of_orders]
    headers = pd.concat(parts, ignore_index=True).reindex(columns=of_orders.columns)
    return known_events(headers, "ordered_at", p)


def sellable_lines(landing: Landing, p: Parameters) -> pd.DataFrame:
    """The order lines known by `as_of_date`; a quantity of zero or less is no order line.

    A line without a time of its own is of its order's.
    """
    lines = latest_versions(landing.order_lines, ["order_line_id"], p)
    if p.as_of_date is not None:
        days = event_days(lines["ordered_at"], p.reporting_timezone)
        lines = lines[(days <= day_number(p.as_of_date)) | (days == NEVER)]
    return lines[to_units(lines["quantity"], 3) > 0].reset_index(drop=True)


def product_versions(landing: Landing, column: str, p: Parameters) -> pd.DataFrame:
    """The versions of one column of the products: product_id, `day` valid from, the column.

    A version without a date was always valid.
    """
    products = latest_versions(landing.products, ["product_id", "valid_from"], p)
    days = calendar_days(products["valid_from"])
    versions = products.assign(day=np.where(days < NEVER, days, -NEVER))
    versions = versions.loc[versions[column].notna(), ["product_id", "day", column]]
    return versions.sort_values(["product_id", "day"], kind="stable").reset_index(drop=True)


def product_unit_costs(lines: pd.DataFrame, landing: Landing, p: Parameters) -> pd.Series:
    """Per line the product's unit cost (1/10,000) on the order's day, else its earliest one."""
    versions = product_versions(landing, "unit_cost", p)
    if versions.empty:
        return pd.Series(np.nan, index=lines.index)
    versions["unit_cost"] = to_units(versions["unit_cost"], 4)
    asked = lines.loc[lines["product_id"].notna(), ["product_id", "day"]].reset_index(names="line")
    valid = pd.merge_asof(
        asked.sort_values("day"), versions.sort_values("day"), on="day", by="product_id"
    )
    earliest = versions.drop_duplicates("product_id").set_index("product_id")["unit_cost"]
    costs = valid["unit_cost"].fillna(valid["product_id"].map(earliest))
    return pd.Series(costs.to_numpy(float), index=valid["line"]).reindex(lines.index)


def product_categories(lines: pd.DataFrame, landing: Landing, p: Parameters) -> pd.Series:
    """Per line its own category, else that of the product's latest version by `as_of_date`."""
    versions = product_versions(landing, "category", p)
    limit = NEVER if p.as_of_date is None else day_number(p.as_of_date)
    current = versions[versions["day"] <= limit].drop_duplicates("product_id", keep="last")
    earliest = versions.drop_duplicates("product_id")
    best = pd.concat([current, earliest]).drop_duplicates("product_id")
    of_product = lines["product_id"].map(best.set_index("product_id")["category"])
    return lines["category"].where(lines["category"].notna(), of_product)


def line_costs(lines: pd.DataFrame, net: Cents, landing: Landing, p: Parameters) -> Cents:
    """Cost of goods per line: own unit cost, else the product's, else by the default margin."""
    own = lines["unit_cost"].notna().to_numpy()
    of_product = product_unit_costs(lines, landing, p)
    unit_cost = np.where(
        own, to_units(lines["unit_cost"], 4), of_product.fillna(0).to_numpy().astype(np.int64)
    )
    known = own | of_product.notna().to_numpy()
    measured = half_away(product(to_units(lines["quantity"], 3), unit_cost), 10**5)
    return np.where(known, measured, share_of(net, 1 - p.default_gross_margin))


def line_money(landing: Landing, headers: pd.DataFrame, p: Parameters) -> pd.DataFrame:
    """One row per line of a known order: order_id, category, gross sales, discounts, cost."""
    lines = sellable_lines(landing, p).merge(headers[["order_id", "day"]], on="order_id")
    gross = half_away(
        product(to_units(lines["quantity"], 3), to_units(lines["unit_price"], 4)), 10**5
    )
    discounts = cents(lines["discount_amount"])
    return pd.DataFrame(
        {
            "order_id": lines["order_id"],
            "category": product_categories(lines, landing, p),
            "gross_sales": gross,
            "discounts": discounts,
            "cost_of_goods": line_costs(lines, gross - discounts, landing, p),
        }
    )


def order_money(headers: pd.DataFrame, lines: pd.DataFrame, p: Parameters) -> pd.DataFrame:
    """Headers with MONEY: summed from the lines, from `gross_amount` where there are none."""
    sums = lines.groupby("order_id")[["gross_sales", "discounts", "cost_of_goods"]].sum()
    has_lines = headers["order_id"].isin(sums.index).to_numpy()
    of_lines = sums.reindex(headers["order_id"]).fillna(0).astype(np.int64)
    discounts = of_lines["discounts"].to_numpy() + cents(headers["discount_amount"])
    gross = np.where(has_lines, of_lines["gross_sales"], cents(headers["gross_amount"]))
    estimated = share_of(gross - discounts, 1 - p.default_gross_margin)
    return headers.assign(
        gross_sales=gross,
        discounts=discounts,
        cost_of_goods=np.where(has_lines, of_lines["cost_of_goods"], estimated),
        shipping=cents(headers["shipping_cost_amount"]),
        payment_fees=cents(headers["payment_fee_amount"]),
    )


def first_category(lines: pd.DataFrame) -> pd.Series:
    """Per order the category of its largest line by gross sales, ties by the smallest name."""
    largest = lines.sort_values(["gross_sales", "category"], ascending=[False, True])
    return largest.drop_duplicates("order_id").set_index("order_id")["category"]


def booked_refunds(landing: Landing, p: Parameters) -> pd.DataFrame:
    """One row per refund up to `as_of_date`, with its amount in cents as `refunds`."""
    refunds = latest_versions(landing.refunds, ["refund_id"], p)
    refunds = known_events(refunds, "refunded_at", p)
    # What is paid back for an order that was cancelled undoes no sale.
    orders = known_events(latest_versions(landing.orders, ["order_id"], p), "ordered_at", p)
    cancelled = orders.loc[orders["status"] == "cancelled", "order_id"]
    refunds = refunds[~refunds["order_id"].isin(set(cancelled.dropna()))]
    return refunds.assign(refunds=cents(refunds["amount"]))


def undone_orders(orders: pd.DataFrame, refunds: pd.DataFrame) -> set[str]:
    """Ids of the orders that refunds of the same day, naming them, give back in full."""
    named = refunds.merge(orders, on=["order_id", "day"], suffixes=("_refund", ""))
    returned = named.groupby("order_id")["refunds"].sum()
    spent = orders.assign(net=orders["gross_sales"] - orders["discounts"])
    net = spent.set_index("order_id")["net"].reindex(returned.index)
    return set(returned.index[(returned >= net) & (net > 0)])


def returned_so_far(given: Cents, net: Cents, cost: Cents, is_known: Flags, p: Parameters) -> Cents:
    """Per refund the cost of all that came back once `given` of `net` was paid back (cents).

    The order's cost in proportion, and no more than it; where the order brought nothing (or is not
    known), an estimate.
    """
    estimated = share_of(given, 1 - p.default_gross_margin)
    paid = is_known & (net > 0)
    share = half_away(product(np.clip(given, 0, np.maximum(net, 0)), cost), np.where(paid, net, 1))
    capped = np.minimum(estimated, np.maximum(cost, 0))
    return np.where(paid, share, np.where(is_known, capped, estimated))


def attributed_refunds(refunds: pd.DataFrame, orders: pd.DataFrame, p: Parameters) -> pd.DataFrame:
    """Refunds with the customer and day of their order, where it is known, and the cost returned.

    What a refund gives back of its order's cost is rounded over all refunds of the order so far, so
    that together they give back its share and never more. Columns: customer_id, day (booked),
    attributed_day, refunds, cost_returned (cents).
    """
    of_order = orders.assign(net=orders["gross_sales"] - orders["discounts"], is_order=True)
    of_order = of_order[["order_id", "customer_id", "day", "net", "cost_of_goods", "is_order"]]
    in_time = refunds.assign(_at=event_times(refunds["refunded_at"]))
    in_time = in_time.sort_values(["_at", "refund_id"], kind="stable")
    joined = in_time.merge(of_order, on="order_id", how="left", suffixes=("", "_of_order"))
    known = joined["is_order"].notna().to_numpy()
    net = joined["net"].fillna(0).to_numpy(dtype=np.int64)
    cost = joined["cost_of_goods"].fillna(0).to_numpy(dtype=np.int64)
    amounts = joined["refunds"].to_numpy(dtype=np.int64)
    so_far = joined.groupby("order_id")["refunds"].cumsum().fillna(0).to_numpy(dtype=np.int64)
    so_far = np.where(known, so_far, amounts)
    returned = returned_so_far(so_far, net, cost, known, p)
    returned = returned - returned_so_far(so_far - amounts, net, cost, known, p)
    return pd.DataFrame(
        {
            "customer_id": joined["customer_id_of_order"].where(known, joined["customer_id"]),
            "day": joined["day"],
            "attributed_day": np.where(known, joined["day_of_order"], joined["day"]).astype(int),
            "refunds": amounts,
            "cost_returned": returned if p.refunds_return_goods else 0 * returned,
        }
    )


def sales_events(landing: Landing, p: Parameters) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Orders that count (with MONEY and `category`), and refunds that count (attributed).

    Test customers are left out; rows without a customer stay, with a NULL customer_id.
    """
    headers = order_headers(landing, p)
    headers = headers[headers["status"] != "cancelled"]
    lines = line_money(landing, headers, p)
    orders = order_money(headers.reset_index(drop=True), lines, p)
    refunds = booked_refunds(landing, p)
    undone = undone_orders(orders, refunds)
    # What was undone counts as cancelled: what else is paid back for it undoes no sale.
    kept = refunds[~refunds["order_id"].isin(undone)].reset_index(drop=True)
    orders = orders[~orders["order_id"].isin(undone)]
    flagged = customers_flagged_test(landing, p)
    returns = attributed_refunds(kept, orders, p)
    returns = returns[~returns["customer_id"].isin(flagged)].reset_index(drop=True)
    orders = orders[~orders["customer_id"].isin(flagged)].reset_index(drop=True)
    columns = ["order_id", "customer_id", "ordered_at", "day", *SAID, *MONEY]
    return (
        orders[columns].assign(category=orders["order_id"].map(first_category(lines))),
        returns,
    )
