-- One row per reported week × group of customers alike × quadrant before it: all that the rates of
-- retention are made of.
select
    period_id,
    dimension_group,
    quadrant,
    {{ retention_sums() }}
from {{ ref('int_retention__judged_periods') }}
where grain_number = 1
group by period_id, dimension_group, quadrant
