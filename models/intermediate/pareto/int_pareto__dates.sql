-- One row per date between which moves of class are shown: as_of_date (number 0) and the last
-- quarter ends; where as_of_date is a quarter end, it is one of them.
with parameters as (
    select
        as_of_date,
        {{ period_start('quarter', add_days('as_of_date', 1)) }} as next_quarter
    from {{ ref('int_run__parameters') }}
),

ends as (
    select
        as_of_date,
        next_quarter,
        case when next_quarter = {{ add_days('as_of_date', 1) }} then 1 else 0 end
            as quarter_ends_taken
    from parameters
),

counted as (
    {{ numbers(0, var('pareto_history_quarters')) }}
),

dates as (
    select
        counted.number as date_number,
        case
            when counted.number = 0 then ends.as_of_date
            else {{ add_days(
                add_periods(
                    'quarter', 'ends.next_quarter', '1 - counted.number - ends.quarter_ends_taken'
                ), -1
            ) }}
        end as window_end
    from ends
    cross join counted
    where counted.number <= {{ var('pareto_history_quarters') }} - ends.quarter_ends_taken
)

select * from dates
