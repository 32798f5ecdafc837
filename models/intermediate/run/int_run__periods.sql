{%- set calendar_grains = ['week', 'month', 'quarter', 'year'] %}
{%- set windows = {'rolling_30d': 30, 'rolling_90d': 90, 'rolling_365d': 365} %}

-- One row per period: weeks, months, quarters and years from the one with the first event to that
-- of as_of_date, and the windows that end at a month end or at as_of_date.
with parameters as (
    select
        as_of_date,
        data_start,
        least(first_event_date, data_start) as first_day
    from {{ ref('int_run__parameters') }}
),

counted as (
    {{ numbers(0, 5299) }}
),

calendar as (
    {% for grain in calendar_grains -%}
    {%- set first = period_start(grain, 'parameters.first_day') -%}
    select
        '{{ grain }}' as period_grain,
        {{ period_id(grain, first) }} + counted.number as period_id,
        {{ add_periods(grain, first, 'counted.number') }} as period_start,
        {{ add_days(add_periods(grain, first, 'counted.number + 1'), -1) }} as period_end,
        {{ add_periods(grain, first, 'counted.number - 1') }} as previous_start,
        {{ period_start(grain, 'parameters.data_start') }} as first_reported_start
    from parameters
    cross join counted
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- A set: where as_of_date is a month end, one window of each length ends there.
window_ends as (
    select calendar.period_end
    from calendar
    cross join parameters
    where
        calendar.period_grain = 'month'
        and calendar.period_end between parameters.data_start and parameters.as_of_date
    union distinct
    select as_of_date as period_end
    from parameters
    where data_start <= as_of_date
),

rolling as (
    {% for grain, days in windows.items() -%}
    select
        '{{ grain }}' as period_grain,
        cast({{ 4 + loop.index }}000000 + row_number() over (order by period_end) as integer)
            as period_id,
        {{ add_days('period_end', 1 - days) }} as period_start,
        period_end,
        {{ add_days('period_end', 1 - 2 * days) }} as previous_start,
        {{ add_days('period_end', 1 - days) }} as first_reported_start
    from window_ends
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

periods as (
    select * from calendar
    union all
    select * from rolling
),

judged as (
    select
        periods.period_id,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        periods.previous_start,
        -- Of a period that still runs, the last day known.
        least(periods.period_end, parameters.as_of_date) as judged_on,
        {{ add_days(month_start('periods.period_start'), -1) }} as snapshot_before,
        parameters.as_of_date >= periods.period_end as has_ended,
        coalesce(periods.period_start >= periods.first_reported_start, false) as is_reported,
        coalesce(periods.previous_start >= parameters.data_start, false) as is_previous_observed,
        coalesce(periods.period_start >= parameters.data_start, false) as is_observed
    from periods
    cross join parameters
    where periods.period_start <= parameters.as_of_date
)

select * from judged
