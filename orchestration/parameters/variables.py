"""Every variable of the metrics: its default, what may stand there, and what it means.

This is the only place where a variable is declared. `dbt_project.yml` holds the values in force;
they are checked by this model before a run begins, `docs/settings.md` is written from it, and
`quality.run_parameters` takes descriptions and defaults from it.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from orchestration.parameters.fields import (
    Currency,
    Day,
    Days,
    DaysOrNull,
    FromNone,
    FromOne,
    Grain,
    History,
    MonthOfYear,
    Name,
    NotNegative,
    Positive,
    Share,
    SomeDays,
    Threshold,
    TimeZone,
    Unit,
    Weekday,
    YesOrNo,
)

TIME_AND_MONEY = "Time and money"
RETENTION = "Retention"
CHURN = "Churn"
PARETO = "Pareto"
QUADRANTS = "Loyalty × profitability"
RELATIONSHIPS = "Relationships"
SEGMENTS = "Segments"
IDENTITY = "Who is one customer"


def _of(section: str, default: Any, description: str) -> Any:
    return Field(default=default, description=description, json_schema_extra={"section": section})


class LoyaltyWeights(BaseModel):
    """Weights of the parts of the loyalty score; parts that are not known drop out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recency: NotNegative = 0.3
    frequency: NotNegative = 0.3
    tenure: NotNegative = 0.15
    regularity: NotNegative = 0.1
    advocacy: NotNegative = 0.15


class Variables(BaseModel):
    """The variables of a run; a field's default is what the definitions name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reporting_currency: Currency = _of(
        TIME_AND_MONEY, None, "All money is converted to it; null: the currency most orders have."
    )
    reporting_timezone: TimeZone = _of(
        TIME_AND_MONEY, "UTC", "Where a day begins and ends, for every date."
    )
    week_start: Weekday = _of(TIME_AND_MONEY, "monday", "The day that weeks begin on.")
    fiscal_year_start_month: MonthOfYear = _of(
        TIME_AND_MONEY, 1, "The month in which years, and with them quarters, begin."
    )
    data_start: Day = _of(
        TIME_AND_MONEY, None, "Nothing before it was observed; null: the first day with an order."
    )
    default_gross_margin: Share = _of(
        TIME_AND_MONEY, 0.4, "Margin of a line's net amount where no cost is known."
    )
    refunds_return_goods: YesOrNo = _of(
        TIME_AND_MONEY, True, "Whether a refund gives its share of the cost of goods back."
    )
    small_base: FromNone = _of(
        RETENTION, 30, "With fewer customers at the start a rate is marked as of a small base."
    )
    benchmark_industry: Name = _of(
        RETENTION, "ecommerce", "Which rows of the seed retention_benchmarks hold for us."
    )
    benchmark_grain: Grain = _of(
        RETENTION, "month", "The length of period that is compared with the benchmarks."
    )
    rhythm_prior_days: DaysOrNull = _of(
        CHURN, None, "The usual gap between purchases; null: the median of customers' own medians."
    )
    rhythm_default_days: Positive = _of(CHURN, 90, "The usual gap where nobody bought twice.")
    rhythm_prior_gaps: Positive = _of(
        CHURN, 3, "As many gaps of a customer weigh as much as the usual gap."
    )
    churn_multiple: Positive = _of(
        CHURN, 4, "A customer silent for so many expected gaps has churned."
    )
    at_risk_multiple: Positive = _of(
        CHURN, 2, "A customer silent for more expected gaps than this is at risk."
    )
    min_churn_days: Days = _of(CHURN, 30, "Nobody has churned before so many days of silence.")
    max_churn_days: SomeDays = _of(CHURN, 730, "Everybody has after so many.")
    churn_window_days: DaysOrNull = _of(
        CHURN, None, "The fixed window to compare with; null: the 90th percentile of all gaps."
    )
    contract_gap_days: Days = _of(
        CHURN, 30, "A contract that begins within so many days of the last goes on with it."
    )
    renewal_notice_days: Days = _of(
        CHURN, 60, "A contract that ends within so many days without renewal is at risk."
    )
    reason_lookback_days: Days = _of(
        CHURN,
        90,
        "How long before a loss a complaint explains it, and before the last purchase a survey.",
    )
    rising_growth: NotNegative = _of(
        PARETO, 0.5, "Growth of value, as a share of the earlier one, from which a customer rises."
    )
    pareto_history_quarters: History = _of(
        PARETO, 4, "Quarter ends between which moves of class are shown."
    )
    loyalty_weights: LoyaltyWeights = _of(
        QUADRANTS, LoyaltyWeights(), "Weights of the parts of the loyalty score."
    )
    loyalty_threshold: Threshold = _of(QUADRANTS, "median", "From which score loyalty is high.")
    profitability_threshold: Threshold = _of(
        QUADRANTS, "median", "From which margin profitability is high."
    )
    quadrant_history_months: History = _of(
        QUADRANTS, 13, "Month ends at which quadrants are shown, besides as_of_date."
    )
    relationship_medium_margin: Threshold = _of(
        RELATIONSHIPS, "percentile:50", "Of a customer type's margins: medium from here."
    )
    relationship_high_margin: Threshold = _of(
        RELATIONSHIPS, "percentile:90", "Of a customer type's margins: high from here."
    )
    onboarding_contact_days: Days = _of(
        RELATIONSHIPS, 14, "A new customer is contacted in time within so many days."
    )
    max_accounts_per_manager: FromOne = _of(
        RELATIONSHIPS, 30, "A manager with more key accounts is overloaded."
    )
    key_account_min_share: Share = _of(
        RELATIONSHIPS, 0.01, "Who brings more of all margin than this is a key account."
    )
    second_purchase_due_share: Positive = _of(
        SEGMENTS, 0.75, "Of the expected gap: a second purchase is due once so much has passed."
    )
    winback_max_days: Days = _of(
        SEGMENTS, 365, "Who churned longer ago than this is not won back any more."
    )
    winback_min_margin: NotNegative = _of(
        SEGMENTS, 0, "Who brought no more than this in all is not worth winning back."
    )
    detractor_call_days: Days = _of(
        SEGMENTS, 30, "Who gave a bad answer within so many days is called."
    )
    birthday_notice_days: Days = _of(SEGMENTS, 14, "Birthdays within so many days are told.")
    price_sensitive_discount_share: Share = _of(
        SEGMENTS, 0.15, "Whose discounts are this share of gross sales, or more, minds the price."
    )
    price_sensitive_coupon_share: Share = _of(
        SEGMENTS, 0.5, "Who used a coupon for this share of orders, or more, minds the price."
    )
    price_sensitive_min_orders: FromOne = _of(
        SEGMENTS, 2, "With fewer orders nothing is said about minding the price."
    )
    campaign_response_days: SomeDays = _of(
        SEGMENTS, 30, "A purchase within so many days answers a campaign that names no window."
    )
    unit_of_analysis: Unit = _of(IDENTITY, "person", "What one customer is.")
    max_shared_identity: FromOne = _of(
        IDENTITY, 3, "An address or telephone number that more persons carry joins nobody."
    )
    max_household_size: FromOne = _of(
        IDENTITY, 8, "A family name at one address that more persons carry is no household."
    )


def section_of(name: str) -> str:
    """The section of the definitions that a variable belongs to."""
    extra = Variables.model_fields[name].json_schema_extra
    return str(extra["section"]) if isinstance(extra, dict) else ""
