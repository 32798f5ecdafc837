-- One row per reported month, quarter or year × group of customers alike × quadrant before it: all
-- that the rates of retention are made of. One length after the other, for each takes the memory
-- that there is; depends_on: {{ ref('int_retention__flows_weeks') }}
select
    period_id,
    dimension_group,
    quadrant,
    {{ retention_sums() }}
from {{ ref('int_retention__judged_periods') }}
where grain_number in (2, 3, 4)
group by period_id, dimension_group, quadrant
