-- One row: M, the gap expected of a customer of whom nothing is known yet, and the fixed window.
with contractual as (
    select distinct customer_key from {{ ref('int_contracts__in_force') }}
),

gaps as (
    select * from {{ ref('int_sales__purchase_days') }}
    where customer_key not in (select contractual.customer_key from contractual)
),

own_medians as (
    select median_gap_days
    from gaps
    where next_purchase_date is null and median_gap_days is not null
),

rhythm as (
    select
        coalesce(
            cast({{ sql_text(var('rhythm_prior_days')) }} as double),
            (select median(median_gap_days) from own_medians),
            cast({{ var('rhythm_default_days') }} as double)
        ) as prior_gap_days,
        coalesce(
            cast({{ sql_text(var('churn_window_days')) }} as double),
            (
                select quantile_cont(cast(gap_days as double), 0.9)
                from gaps
                where gap_days > 0
            )
        ) as churn_window_days
)

select
    prior_gap_days,
    churn_window_days,
    -- How long a one-time buyer may stay silent: before that, nobody's silence could be judged.
    cast(ceil({{ churn_after_days(0, 'null', 'prior_gap_days') }}) as integer)
        as first_churn_after_days
from rhythm
