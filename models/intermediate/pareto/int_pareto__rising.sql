-- One row per snapshot and customer who is outside class A and growing that day, silent or not.
-- Only those are summed up who could be: most customers have not bought often enough.
with cutoffs as (
    select
        window_end,
        class_a_from
    from {{ ref('int_pareto__cutoffs') }}
    where basis = 'contribution_margin'
),

candidates as (
    select
        population.snapshot_number,
        population.snapshot_date,
        population.customer_key,
        {{ earlier_span_from('population.first_purchase_date', 'population.snapshot_date') }}
            as earlier_from,
        {{ later_span_from('population.first_purchase_date', 'population.snapshot_date') }}
            as later_from
    from {{ ref('int_quadrants__population') }} as population
    left join cutoffs
        on population.snapshot_date = cutoffs.window_end
    where
        population.purchase_days >= 3
        and population.first_purchase_date <= {{ add_days('population.snapshot_date', -90) }}
        and {{ days_between('population.last_purchase_date', 'population.snapshot_date') }} < 365
        and coalesce(population.profitability < cutoffs.class_a_from, true)
),

days as (
    select
        customer_key,
        sales_date,
        is_purchase_day,
        margin_booked
    from {{ ref('int_sales__customer_days') }}
),

summed as (
    select
        candidates.snapshot_number,
        candidates.customer_key,
        count(*) filter (days.is_purchase_day) as purchase_days,
        sum(days.margin_booked) filter (days.sales_date < candidates.later_from) as earlier,
        sum(days.margin_booked) filter (days.sales_date >= candidates.later_from) as later
    from days
    inner join candidates
        on
            days.customer_key = candidates.customer_key
            and days.sales_date >= candidates.earlier_from
            and days.sales_date <= candidates.snapshot_date
    group by candidates.snapshot_number, candidates.customer_key
),

rising as (
    select
        snapshot_number,
        customer_key
    from summed
    where {{ is_growing('purchase_days', 'earlier', 'later') }}
)

select * from rising
