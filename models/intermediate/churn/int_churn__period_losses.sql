{{ config(materialized='view') }}

-- One row per period × customer of its base who was lost in it: what churn counts.
select
    period_grain,
    period_start,
    period_end,
    customer_key,
    churned_at,
    lost_net_sales,
    dimension_group,
    quadrant
from {{ ref('int_churn__period_episodes') }}
where origin = 'base'
