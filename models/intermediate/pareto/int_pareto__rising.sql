{%- set numbers = range(var('quadrant_history_months') + 1) %}

-- One row per snapshot and customer who is outside class A and growing that day, silent or not. The
-- spans of all snapshots are summed in one pass over the days of those who bought often enough.
with snapshots as (
    select
        {% for number in numbers -%}
        max(snapshot_date) filter (snapshot_number = {{ number }}) as day_{{ number }}
        {{- ',' if not loop.last }}
        {% endfor -%}
    from {{ ref('int_quadrants__snapshots') }}
),

spans as (
    select
        profiles.customer_key,
        {% for number in numbers -%}
        {% set first, day = 'profiles.first_purchase_date', 'snapshots.day_' ~ number -%}
        {{ earlier_span_from(first, day) }} as earlier_from_{{ number }},
        {{ later_span_from(first, day) }} as later_from_{{ number }},
        snapshots.day_{{ number }}{{ ',' if not loop.last }}
        {% endfor -%}
    from {{ ref('int_customers__profiles') }} as profiles
    cross join snapshots
    where profiles.purchase_days >= 3
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
        {% for number in numbers -%}
        sum(days.margin_booked) filter (
            days.sales_date >= spans.earlier_from_{{ number }}
            and days.sales_date < spans.later_from_{{ number }}
        ) as earlier_{{ number }},
        sum(days.margin_booked) filter (
            days.sales_date >= spans.later_from_{{ number }}
            and days.sales_date <= spans.day_{{ number }}
        ) as later_{{ number }},
        count(*) filter (
            days.is_purchase_day
            and days.sales_date >= spans.earlier_from_{{ number }}
            and days.sales_date <= spans.day_{{ number }}
        ) as purchase_days_{{ number }},
        {% endfor -%}
        days.customer_key
    from days
    inner join spans
        on days.customer_key = spans.customer_key
    group by days.customer_key
),

growing as (
    {% for number in numbers -%}
    select
        {{ number }} as snapshot_number,
        customer_key
    from summed
    where {{ is_growing('purchase_days_' ~ number, 'earlier_' ~ number, 'later_' ~ number) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

cutoffs as (
    select
        window_end,
        class_a_from
    from {{ ref('int_pareto__cutoffs') }}
    where basis = 'contribution_margin'
),

rising as (
    select
        population.snapshot_number,
        population.customer_key
    from {{ ref('int_quadrants__population') }} as population
    inner join growing
        on
            population.snapshot_number = growing.snapshot_number
            and population.customer_key = growing.customer_key
    left join cutoffs
        on population.snapshot_date = cutoffs.window_end
    where
        population.first_purchase_date <= {{ add_days('population.snapshot_date', -90) }}
        and {{ days_between('population.last_purchase_date', 'population.snapshot_date') }} < 365
        and coalesce(population.profitability < cutoffs.class_a_from, true)
)

select * from rising
