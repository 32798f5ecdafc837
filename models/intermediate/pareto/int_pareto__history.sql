{%- set bases = {
    'contribution_margin': 'margin_booked',
    'net_sales': 'net_sales_booked',
    'gross_sales': 'gross_sales',
} %}

-- One row per date between which moves of class are shown × customer with a purchase day in the 365
-- days up to it: what they brought in these.
with dates as (
    select * from {{ ref('int_pareto__dates') }}
),

days as (
    select
        customer_key,
        sales_date,
        is_purchase_day,
        {{ bases.values() | join(', ') }}
    from {{ ref('int_sales__customer_days') }}
),

-- A sum of its own for each date: a day is looked at only where it counts.
history as (
    {% for number in range(var('pareto_history_quarters') + 1) -%}
    select
        {{ number }} as date_number,
        days.customer_key,
        {% for basis, column in bases.items() -%}
        {{ cents('sum(days.' ~ column ~ ')') }} as {{ basis }},
        {% endfor -%}
        dates.window_end
    from days
    cross join dates
    where
        dates.date_number = {{ number }}
        and days.sales_date <= dates.window_end
        and days.sales_date > {{ add_days('dates.window_end', -365) }}
    group by dates.window_end, days.customer_key
    having bool_or(days.is_purchase_day)
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from history
