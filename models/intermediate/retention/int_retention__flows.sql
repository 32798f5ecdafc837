{{ config(materialized='view') }}

{%- set lengths = ['weeks', 'calendar', '30d', '90d', '365d'] %}

-- One row per reported period × group of customers alike × quadrant before the period. A length of
-- period is summed by itself: fewer sums at a time stay in the processor's cache and in memory.
{% for length in lengths -%}
select
    period_id,
    dimension_group,
    quadrant,
    active_end,
    active_start,
    retained_customers,
    reactivated_customers,
    kept_new_customers,
    net_sales,
    followed_net_sales,
    previous_net_sales,
    previous_floored_net_sales,
    kept_net_sales,
    returning_net_sales,
    buyers_net_sales
from {{ ref('int_retention__flows_' ~ length) }}
{{ 'union all' if not loop.last }}
{% endfor %}
