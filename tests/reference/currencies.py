"""Section 1, several currencies: every order's gross sales in the reporting currency."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pandas as pd

from .days import NEVER, day_date, day_number, event_days, event_times
from .parameters import Parameters

CENT = Decimal("0.01")
LONGEST_WAIT = 7
"""For how many days a rate holds where no later one is known."""

Rates = dict[tuple[str, date], Decimal]


def rate_of(currency: str, day: date, rates: Rates) -> Decimal | None:
    """Reporting currency per unit: the rate of the day, else of the nearest of the days before."""
    days = (day - timedelta(days=age) for age in range(LONGEST_WAIT + 1))
    return next((rates[currency, day] for day in days if (currency, day) in rates), None)


def order_sales(
    orders: pd.DataFrame,
    lines: pd.DataFrame,
    rates: Rates,
    reporting_currency: str,
    p: Parameters,
) -> pd.DataFrame:
    """One row per order up to `as_of_date`: order_id, customer_id, ordered_at, fate, gross_sales.

    An order is in the one currency that it and its lines name; what names none is in the reporting
    currency. `fate`: counted, mixed_currencies or no_exchange_rate; the latter two have no sales.
    Each line is converted and then rounded to the cent once.
    """
    alone = lines[~lines["order_id"].isin(orders["order_id"])]
    alone = alone.assign(ordered_at=event_times(alone["ordered_at"]))
    made = alone.groupby("order_id", as_index=False).agg(
        {"ordered_at": "min", "customer_id": "min"}
    )
    given = orders.assign(ordered_at=event_times(orders["ordered_at"]))
    headers = pd.concat([given, made], ignore_index=True)
    headers["day"] = event_days(headers["ordered_at"], p.reporting_timezone)
    rows = []
    limit = NEVER - 1 if p.as_of_date is None else day_number(p.as_of_date)
    for order in headers[headers["day"] <= limit].itertuples():
        own = lines[lines["order_id"] == order.order_id]
        named = set(own["currency"].dropna()) | set(pd.Series([order.currency]).dropna())
        amounts = [q * price for q, price in zip(own["quantity"], own["unit_price"], strict=True)]
        if own.empty:
            amounts = [Decimal(0) if pd.isna(order.gross_amount) else order.gross_amount]
        currency = next(iter(named), reporting_currency)
        is_foreign = currency != reporting_currency
        rate = rate_of(currency, day_date(order.day), rates) if is_foreign else Decimal(1)
        fate = "mixed_currencies" if len(named) > 1 else "counted" if rate else "no_exchange_rate"
        sales = None
        if rate and fate == "counted":
            sales = sum((amount * rate).quantize(CENT, ROUND_HALF_UP) for amount in amounts)
        rows.append((order.order_id, order.customer_id, order.ordered_at, fate, sales))
    return pd.DataFrame(
        rows, columns=["order_id", "customer_id", "ordered_at", "fate", "gross_sales"]
    )
