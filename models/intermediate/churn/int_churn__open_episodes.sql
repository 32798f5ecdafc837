-- One row per reported month, quarter or year × dimension × value: episodes open at its start.
with periods as (
    select
        period_id,
        period_start,
        snapshot_before
    from {{ ref('int_run__periods') }}
    where is_reported and period_grain in ('month', 'quarter', 'year')
),

dimensions as (
    select
        customer_key,
        dimension_group
    from {{ ref('int_customers__dimensions') }}
),

dimension_values as (
    select * from {{ ref('int_customers__dimension_values') }}
),

changes as (
    select
        customer_key,
        churned_at as change_date,
        1 as opened
    from {{ ref('int_churn__episodes') }}
    union all
    select
        customer_key,
        ended_at as change_date,
        -1 as opened
    from {{ ref('int_churn__episodes') }}
    where ended_at is not null
),

by_group as (
    select
        dimensions.dimension_group,
        changes.change_date,
        sum(changes.opened) as opened
    from changes
    inner join dimensions
        on changes.customer_key = dimensions.customer_key
    group by dimensions.dimension_group, changes.change_date
),

by_day as (
    select
        dimension_values.dimension_name,
        dimension_values.dimension_value,
        by_group.change_date,
        sum(sum(by_group.opened)) over (
            partition by dimension_values.dimension_name, dimension_values.dimension_value
            order by by_group.change_date
        ) as open_episodes
    from by_group
    inner join dimension_values
        on by_group.dimension_group = dimension_values.dimension_group
    group by dimension_values.dimension_name, dimension_values.dimension_value, by_group.change_date
),

listed_values as (
    select distinct
        dimension_name,
        dimension_value
    from dimension_values
),

spine as (
    select
        periods.period_id,
        periods.period_start,
        dimension_values.dimension_name,
        dimension_values.dimension_value
    from periods
    cross join listed_values as dimension_values
),

-- A day counts for what starts after it: an episode that ends on the first day is still open.
plain as (
    select
        spine.period_id,
        spine.dimension_name,
        spine.dimension_value,
        coalesce(by_day.open_episodes, 0) as open_episodes
    from spine
    asof left join by_day
        on
            spine.dimension_name = by_day.dimension_name
            and spine.dimension_value = by_day.dimension_value
            and spine.period_start > by_day.change_date
),

-- These periods start on the day after a snapshot: whoever was lost then is in an open episode.
by_quadrant as (
    select
        periods.period_id,
        'quadrant' as dimension_name,
        quadrants.quadrant as dimension_value,
        count(*) as open_episodes
    from {{ ref('quadrants') }} as quadrants
    inner join periods
        on quadrants.snapshot_date = periods.snapshot_before
    inner join {{ ref('int_customers__profiles') }} as profiles
        on quadrants.customer_key = profiles.customer_key
    where
        quadrants.customer_state = 'churned'
        -- Judged by purchases before the first contract, by contracts after.
        and profiles.cohort_date < periods.period_start
    group by periods.period_id, quadrants.quadrant
),

others as (
    select
        plain.period_id,
        'quadrant' as dimension_name,
        'none' as dimension_value,
        max(plain.open_episodes) - coalesce(sum(by_quadrant.open_episodes), 0) as open_episodes
    from plain
    left join by_quadrant
        on plain.period_id = by_quadrant.period_id
    where plain.dimension_name = 'all'
    group by plain.period_id
),

open_episodes as (
    select * from plain
    union all
    select * from by_quadrant
    union all
    select * from others
)

select * from open_episodes
