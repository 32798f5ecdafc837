{%- set windows = {'rolling_30d': 30, 'rolling_90d': 90, 'rolling_365d': 365} %}

-- One row per length of window × day: the first window that holds the day, the first that has left
-- it behind, and the first whose time before has left it behind, too.
with parameters as (
    select
        as_of_date,
        -- A refund may lie before the first order, and still in the days before a window.
        {{ add_days('least(first_event_date, data_start)', -730) }} as first_day
    from {{ ref('int_run__parameters') }}
),

counted as (
    {{ numbers(0, 36599) }}
),

days as (
    select {{ add_days('parameters.first_day', 'counted.number') }} as event_date
    from parameters
    cross join counted
    where {{ add_days('parameters.first_day', 'counted.number') }} <= parameters.as_of_date
),

window_ends as (
    select
        period_grain,
        period_id,
        period_end
    from {{ ref('int_run__periods') }}
),

steps as (
    select
        ends.period_grain,
        days.event_date,
        min(ends.period_id) as period_id
    from days
    inner join window_ends as ends
        on days.event_date <= ends.period_end
    where ends.period_grain in ('rolling_30d', 'rolling_90d', 'rolling_365d')
    group by ends.period_grain, days.event_date
),

placed as (
    {% for grain, length in windows.items() -%}
    select
        held.period_grain,
        held.event_date,
        held.period_id as held_from,
        left_behind.period_id as left_from,
        forgotten.period_id as forgotten_from
    from steps as held
    left join steps as left_behind
        on
            held.period_grain = left_behind.period_grain
            and {{ add_days('held.event_date', length) }} = left_behind.event_date
    left join steps as forgotten
        on
            held.period_grain = forgotten.period_grain
            and {{ add_days('held.event_date', 2 * length) }} = forgotten.event_date
    where held.period_grain = '{{ grain }}'
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from placed
