{{ config(materialized='view') }}

-- One row per reported period × group of customers alike × quadrant before the period. A length of
-- period is summed by itself: fewer sums at a time stay in the processor's cache and in memory.
select * from {{ ref('int_retention__flows_weeks') }}
union all
select * from {{ ref('int_retention__flows_calendar') }}
union all
select * from {{ ref('int_retention__flows_30d') }}
union all
select * from {{ ref('int_retention__flows_90d') }}
union all
select * from {{ ref('int_retention__flows_365d') }}
