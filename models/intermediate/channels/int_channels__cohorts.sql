{%- set ages = [30, 90, 180, 365] %}

-- One row per acquisition channel and cohort month in which it brought customers: how many, how
-- many of them bought again, and what has become of them.
with further_days as (
    select
        purchase_days.customer_key,
        min(purchase_days.purchase_date) as further_date
    from {{ ref('int_sales__purchase_days') }} as purchase_days
    inner join {{ ref('int_customers__profiles') }} as profiles
        on
            purchase_days.customer_key = profiles.customer_key
            and purchase_days.purchase_date > profiles.cohort_date
    group by purchase_days.customer_key
),

-- Downstream uses contribution margin of the trailing 365 days.
classes as (
    select
        customer_key,
        pareto_class
    from {{ ref('pareto') }}
    where basis = 'contribution_margin' and window_name = 'trailing_365d'
),

scores as (
    select
        customer_key,
        loyalty_score
    from {{ ref('quadrants') }}
    where snapshot_date = as_of_date
),

customers as (
    select
        profiles.acquisition_channel,
        scores.loyalty_score,
        {{ month_start('profiles.cohort_date') }} as cohort_month,
        {{ days_between('profiles.cohort_date', 'further_days.further_date') }} as days_to_further,
        coalesce(classes.pareto_class = 'A', false) as is_class_a
    from {{ ref('int_customers__profiles') }} as profiles
    left join further_days
        on profiles.customer_key = further_days.customer_key
    left join classes
        on profiles.customer_key = classes.customer_key
    left join scores
        on profiles.customer_key = scores.customer_key
    where profiles.cohort_date is not null
),

cohorts as (
    select
        acquisition_channel,
        cohort_month,
        count(*) as new_customers,
        {% for age in ages -%}
        count(*) filter (days_to_further <= {{ age }}) as repeated_{{ age }}d,
        {% endfor -%}
        count(*) filter (is_class_a) as class_a_customers,
        -- Of decimals, so that no order of the sum decides its last digits.
        cast(sum(loyalty_score) as double) / count(loyalty_score) as mean_loyalty_score
    from customers
    group by acquisition_channel, cohort_month
)

select * from cohorts
