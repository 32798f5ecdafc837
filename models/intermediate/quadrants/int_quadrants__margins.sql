{%- set numbers = range(var('quadrant_history_months') + 1) %}

-- One row per snapshot and customer: contribution margin of the 365 days up to the snapshot. All
-- snapshots are summed in one pass over the days.
with snapshots as (
    select
        {% for number in numbers if number > 0 -%}
        max(snapshot_date) filter (snapshot_number = {{ number }}) as day_{{ number }},
        {% endfor -%}
        max(snapshot_date) filter (snapshot_number = 0) as day_0
    from {{ ref('int_quadrants__snapshots') }}
),

days as (
    select
        customer_key,
        sales_date,
        margin_booked
    from {{ ref('int_sales__customer_days') }}
),

summed as (
    select
        {% for number in numbers -%}
        sum(days.margin_booked) filter (
            days.sales_date <= snapshots.day_{{ number }}
            and days.sales_date > {{ add_days('snapshots.day_' ~ number, -365) }}
        ) as margin_{{ number }},
        {% endfor -%}
        days.customer_key
    from days
    cross join snapshots
    group by days.customer_key
),

unpivoted as (
    {% for number in numbers -%}
    select
        {{ number }} as snapshot_number,
        customer_key,
        cast(margin_{{ number }} as decimal(18, 2)) as profitability
    from summed
    where margin_{{ number }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from unpivoted
