-- One row per reported period × dimension × value: how many customers came in it, before it, and
-- had bought by its end.
with periods as (
    select
        period_id,
        period_start,
        period_end,
        snapshot_before
    from {{ ref('int_run__periods') }}
    where is_reported
),

first_days as (
    select
        *,
        -- Joins know no NULL.
        coalesce(snapshot_date, date '9999-12-31') as scope
    from {{ ref('int_retention__first_days') }}
),

dimension_values as (
    select distinct
        dimension_name,
        dimension_value
    from {{ ref('int_customers__dimension_values') }}
),

-- Every period for every value, so that a period in which nothing happened reads 0.
spine as (
    select
        periods.period_id,
        periods.period_start,
        periods.period_end,
        dimension_values.dimension_name,
        dimension_values.dimension_value,
        date '9999-12-31' as scope
    from periods
    cross join dimension_values
    union all
    select
        periods.period_id,
        periods.period_start,
        periods.period_end,
        'quadrant' as dimension_name,
        playbook.quadrant as dimension_value,
        periods.snapshot_before as scope
    from periods
    cross join {{ ref('quadrant_playbook') }} as playbook
),

counted as (
    select
        spine.period_id,
        spine.dimension_name,
        spine.dimension_value,
        coalesce(at_end.new_customers, 0) - coalesce(at_start.new_customers, 0) as new_customers,
        coalesce(at_start.new_customers, 0) as customers_before,
        coalesce(at_end.buyers, 0) as buyers_so_far,
        coalesce(at_end.repeat_buyers, 0) as repeat_buyers_so_far
    from spine
    asof left join first_days as at_start
        on
            spine.scope = at_start.scope
            and spine.dimension_name = at_start.dimension_name
            and spine.dimension_value = at_start.dimension_value
            and spine.period_start > at_start.event_date
    asof left join first_days as at_end
        on
            spine.scope = at_end.scope
            and spine.dimension_name = at_end.dimension_name
            and spine.dimension_value = at_end.dimension_value
            and spine.period_end >= at_end.event_date
),

-- Who was in no quadrant before the period: everybody else.
others as (
    select
        period_id,
        'quadrant' as dimension_name,
        'none' as dimension_value,
        {% for column in ['new_customers', 'customers_before', 'buyers_so_far'] -%}
        sum(case dimension_name when 'all' then {{ column }} else -{{ column }} end)
            as {{ column }},
        {% endfor -%}
        sum(case dimension_name when 'all' then repeat_buyers_so_far else -repeat_buyers_so_far end)
            as repeat_buyers_so_far
    from counted
    where dimension_name in ('all', 'quadrant')
    group by period_id
),

counts as (
    select * from counted
    union all
    select * from others
)

select * from counts
