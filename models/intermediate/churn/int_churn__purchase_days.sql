-- One row per customer and purchase day: how long a silence after it means churn, judged by what
-- was known that day, and what came of it. Contractual customers are judged so until their first
-- contract.
with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

rhythm as (
    select prior_gap_days from {{ ref('int_churn__rhythm') }}
),

contractual as (
    select distinct customer_key from {{ ref('int_contracts__in_force') }}
),

gaps as (
    select
        *,
        customer_key in (select contractual.customer_key from contractual) as is_contractual
    from {{ ref('int_sales__purchase_days') }}
),

limits as (
    select
        gaps.*,
        {{ expected_gap_days(
            'gaps.purchase_number - 1', 'gaps.median_gap_days', 'rhythm.prior_gap_days'
        ) }} as expected_gap_days,
        {{ churn_after_days(
            'gaps.purchase_number - 1', 'gaps.median_gap_days', 'rhythm.prior_gap_days'
        ) }} as churn_after_days
    from gaps
    cross join rhythm
),

judged as (
    select
        limits.*,
        least({{ var('at_risk_multiple') }} * limits.expected_gap_days, limits.churn_after_days)
            as at_risk_after_days,
        {{ add_days('limits.purchase_date', 'ceil(limits.churn_after_days)') }} as churned_at,
        coalesce(limits.next_purchase_date, {{ add_days('parameters.as_of_date', 1) }})
        > {{ add_days('limits.purchase_date', 'ceil(limits.churn_after_days)') }}
            as is_followed_by_churn
    from limits
    cross join parameters
),

returned as (
    select
        customer_key,
        is_contractual,
        purchase_number,
        purchase_date,
        first_purchase_date,
        next_purchase_date,
        gap_days,
        median_gap_days,
        expected_gap_days,
        churn_after_days,
        at_risk_after_days,
        case when is_followed_by_churn then churned_at end as churned_at,
        -- The latest purchase day up to this one that ended an episode.
        max(case when previous_is_churn then purchase_date end) over (
            partition by customer_key order by purchase_date rows unbounded preceding
        ) as returned_on
    from (
        select
            *,
            lag(is_followed_by_churn) over (
                partition by customer_key order by purchase_date
            ) as previous_is_churn
        from judged
    ) as with_previous
)

select * from returned
