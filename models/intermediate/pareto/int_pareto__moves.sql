{%- set quarters = var('pareto_history_quarters') %}
{%- set bases = {
    'contribution_margin': 'margin_booked',
    'net_sales': 'net_sales_booked',
    'gross_sales': 'gross_sales',
} %}

-- One row per basis × pair of dates × customer who had a value on either: value of the 365 days up
-- to each, NULL without a purchase day in them. All dates are summed in one pass over the days.
with dates as (
    select
        {% for number in range(quarters + 1) -%}
        max(window_end) filter (date_number = {{ number }}) as end_{{ number }}
        {{- ',' if not loop.last }}
        {% endfor -%}
    from {{ ref('int_pareto__dates') }}
),

days as (
    select
        customer_days.customer_key,
        customer_days.is_purchase_day,
        {% for column in bases.values() -%}
        customer_days.{{ column }},
        {% endfor -%}
        {% for number in range(quarters + 1) -%}
        customer_days.sales_date <= dates.end_{{ number }}
        and customer_days.sales_date > {{ add_days('dates.end_' ~ number, -365) }}
            as is_in_{{ number }}{{ ',' if not loop.last }}
        {% endfor -%}
    from {{ ref('int_sales__customer_days') }} as customer_days
    cross join dates
),

summed as (
    select
        {% for number in range(quarters + 1) -%}
        {% for basis, column in bases.items() -%}
        case
            when bool_or(is_purchase_day and is_in_{{ number }})
                then {{ cents('sum(' ~ column ~ ') filter (is_in_' ~ number ~ ')') }}
        end as {{ basis }}_{{ number }},
        {% endfor -%}
        {% endfor -%}
        customer_key
    from days
    group by customer_key
),

moves as (
    {% for basis in bases -%}
    {% set is_last_basis = loop.last -%}
    {% for number in range(quarters) -%}
    select
        '{{ basis }}' as basis,
        {{ number }} as date_number,
        customer_key,
        {{ basis }}_{{ number + 1 }} as value_before,
        {{ basis }}_{{ number }} as value_after
    from summed
    where {{ basis }}_{{ number + 1 }} is not null or {{ basis }}_{{ number }} is not null
    {{ 'union all' if not (loop.last and is_last_basis) }}
    {% endfor -%}
    {% endfor -%}
)

select * from moves
