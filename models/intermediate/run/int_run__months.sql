-- One row per month from the first one with any event to the month of as_of_date.
with parameters as (
    select
        as_of_date,
        data_start,
        least(first_event_date, data_start) as first_day
    from {{ ref('int_run__parameters') }}
),

counted as (
    {{ numbers(0, 1199) }}
),

months as (
    select {{ add_months(month_start('parameters.first_day'), 'counted.number') }} as month
    from parameters
    cross join counted
),

bounded as (
    select
        months.month,
        last_day(months.month) as month_end,
        parameters.as_of_date,
        coalesce(
            parameters.as_of_date >= last_day(months.month), false
        ) as has_ended,
        coalesce(months.month >= {{ month_start('parameters.data_start') }}, false) as is_reported,
        coalesce(
            {{ add_months('months.month', -1) }} >= parameters.data_start, false
        ) as is_previous_observed,
        coalesce(months.month >= parameters.data_start, false) as is_observed
    from months
    cross join parameters
    where months.month <= parameters.as_of_date
)

select * from bounded
