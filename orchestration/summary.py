"""The short summary that ends a run: the figures one looks at first, read from the snapshot."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from orchestration.settings import Settings


@dataclass(frozen=True)
class Summary:
    """Figures of one run. Rates and shares are fractions; None where nothing could be observed.

    `left_out`: what does not count (total and amount) and why, as the reconciliation names it.
    """

    as_of_date: date
    rows_read: int
    rows_accepted: int
    rows_filtered: int
    rows_rejected: int
    customers: int
    month: date | None
    crr: float | None
    crr_strict: float | None
    churn_rate: float | None
    customer_share_for_80: float | None
    quadrants: tuple[tuple[str, str, int], ...]
    left_out: tuple[tuple[str, str], ...]


def read_summary(settings: Settings) -> Summary:
    """Reads the figures from the published snapshot."""
    with duckdb.connect(str(current_snapshot(settings)), read_only=True) as connection:

        def one(sql: str) -> tuple[Any, ...]:
            return connection.execute(sql).fetchone() or ()

        customers, as_of = one("select count(*), max(as_of_date) from marts.customers")
        read, accepted, filtered, rejected = one(
            """
            select
                coalesce(sum(rows_read), 0), coalesce(sum(rows_accepted), 0),
                coalesce(sum(rows_filtered), 0), coalesce(sum(rows_rejected), 0)
            from quality.landing_batches
            where is_counted and not is_correction
            """
        )
        month, crr, crr_strict, churn_rate = one(
            """
            select period_start, crr, crr_strict, churn_rate
            from marts.retention
            where period_grain = 'month' and dimension_name = 'all' and is_complete
            order by period_start desc
            limit 1
            """
        ) or (None, None, None, None)
        (share,) = one(
            """
            select customer_share_for_80
            from marts.concentration
            where basis = 'contribution_margin' and window_name = 'trailing_365d'
            """
        ) or (None,)
        quadrants = connection.execute(
            """
            select quadrant, quadrant_name_en, count(*)
            from marts.quadrants
            where snapshot_date = as_of_date
            group by all
            order by quadrant
            """
        ).fetchall()
        left_out = connection.execute(
            """
            select format('{} {:,.2f} {}', left_name, remainder::double, currency), remainder_name
            from quality.reconciliation
            where
                check_name in (
                    'order_lines_are_orders', 'orders_are_converted', 'orders_are_customer_days',
                    'refunds_are_converted', 'refunds_are_customer_days'
                )
                and remainder != 0
            order by check_name, currency
            """
        ).fetchall()
    return Summary(
        as_of_date=as_of,
        rows_read=read,
        rows_accepted=accepted,
        rows_filtered=filtered,
        rows_rejected=rejected,
        customers=customers,
        month=month,
        crr=crr,
        crr_strict=crr_strict,
        churn_rate=churn_rate,
        customer_share_for_80=share,
        quadrants=tuple(quadrants),
        left_out=tuple(left_out),
    )


def current_snapshot(settings: Settings) -> Path:
    """What BI opens."""
    return settings.published / "current.duckdb"


def as_text(summary: Summary, settings: Settings) -> str:
    """The summary in lines of at most 100 characters."""
    quadrants = " · ".join(f"{q} {name.lower()} {count:,}" for q, name, count in summary.quadrants)
    month = f"{summary.month:%B %Y}" if summary.month else "no complete month yet"
    return "\n".join(
        [
            f"As of {summary.as_of_date}",
            f"  rows         {summary.rows_read:,} read · {summary.rows_accepted:,} accepted · "
            f"{summary.rows_filtered:,} filtered · {summary.rows_rejected:,} quarantined",
            f"  customers    {summary.customers:,}",
            f"  retention    {month}: CRR {_percent(summary.crr)} "
            f"(only those who stayed: {_percent(summary.crr_strict)}), "
            f"churn {_percent(summary.churn_rate)}",
            f"  80 % of the margin comes from {_percent(summary.customer_share_for_80)} "
            "of the customers of the last 365 days",
            f"  quadrants    {quadrants or 'nobody bought in the last 365 days'}",
            *(f"  left out     {amount}: {reasons}" for amount, reasons in summary.left_out),
            "",
            f"  BI opens     {current_snapshot(settings)}",
            f"  marketing    {settings.exports / 'latest' / 'index.html'}",
            f"  quarantine   {settings.quarantine}",
            "",
            "Next: `make ui` shows the run in Dagster; `make docs` the models; your own data:",
            "README.md, “Bring your own data”.",
        ]
    )


def _percent(fraction: float | None) -> str:
    return "n/a" if fraction is None else f"{fraction * 100:.1f} %"
