{{ config(materialized='view') }}

-- One row per basis × window × customer with a purchase day in the window: the value to rank, and
-- whether it grew from the earlier span to the later.
with customer_values as (
    select * from {{ ref('int_customers__values') }}
),

unpivoted as (
    {% for basis in ['contribution_margin', 'net_sales', 'gross_sales'] -%}
    {% for window_name, condition in [('trailing_365d', 'has_trailing_purchase'),
                                      ('all_time', 'has_purchase')] -%}
    select
        '{{ basis }}' as basis,
        '{{ window_name }}' as window_name,
        customer_key,
        cast({{ basis }}_{{ window_name }} as decimal(18, 2)) as value,
        {{ is_growing('compared_purchase_days', basis ~ '_earlier', basis ~ '_later') }}
            as is_growing
    from customer_values
    where {{ condition }}
    {{ 'union all' if not (loop.last and basis == 'gross_sales') }}
    {% endfor -%}
    {% endfor -%}
)

select * from unpivoted
