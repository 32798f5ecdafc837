"""The choices of the metrics page, with the defaults it names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


def _interaction_costs() -> dict[str, Decimal]:
    """Cost of one interaction per channel, in the reporting currency (seed `interaction_costs`)."""
    return {
        "call": Decimal("4.00"),
        "e-mail": Decimal("1.50"),
        "visit": Decimal("40.00"),
        "chat": Decimal("2.00"),
        "letter": Decimal("2.50"),
        "sms": Decimal("0.10"),
    }


@dataclass(frozen=True)
class Parameters:
    """Settings of one computation; days are whole days, shares are fractions.

    `as_of_date` and `data_start` left at None are found from the orders (without orders: from
    the contracts). `rhythm_prior_days` and `churn_window_days` left at None are found from the
    gaps between purchase days.
    """

    as_of_date: date | None = None
    data_start: date | None = None
    reporting_timezone: str = "UTC"
    default_gross_margin: Decimal = Decimal("0.4")
    refunds_return_goods: bool = True
    interaction_costs: Mapping[str, Decimal] = field(default_factory=_interaction_costs)
    week_start: str = "monday"
    fiscal_year_start_month: int = 1
    small_base: int = 30
    benchmark_industry: str = "ecommerce"
    benchmark_grain: str = "month"
    rhythm_prior_gaps: int = 3
    rhythm_prior_days: float | None = None
    rhythm_default_days: float = 90
    churn_multiple: float = 4
    min_churn_days: int = 30
    max_churn_days: int = 730
    at_risk_multiple: float = 2
    churn_window_days: float | None = None
    contract_gap_days: int = 30
    renewal_notice_days: int = 60
    rising_growth: Decimal = Decimal("0.5")
    rising_min_age_days: int = 90
    rising_min_purchase_days: int = 3
    quadrant_history_months: int = 13
    loyalty_weights: tuple[float, ...] = (0.3, 0.3, 0.15, 0.1, 0.15)
    loyalty_threshold: str = "median"
    profitability_threshold: str = "median"
    relationship_high_margin: str = "percentile:90"
    relationship_medium_margin: str = "percentile:50"
    reason_lookback_days: int = 90
    pareto_history_quarters: int = 4
    onboarding_contact_days: int = 14
    key_account_min_share: Decimal = Decimal("0.01")
    max_accounts_per_manager: int = 30
