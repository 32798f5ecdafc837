-- One row per snapshot: as_of_date (number 0) and the last month ends; where as_of_date is a month
-- end, it is one of them.
with parameters as (
    select
        as_of_date,
        case when as_of_date = last_day(as_of_date) then 1 else 0 end as month_ends_taken
    from {{ ref('int_run__parameters') }}
),

counted as (
    {{ numbers(0, var('quadrant_history_months')) }}
),

snapshots as (
    select
        counted.number as snapshot_number,
        case
            when counted.number = 0 then parameters.as_of_date
            else last_day(cast(
                {{ add_months(month_start('parameters.as_of_date'), '-counted.number') }} as date
            ))
        end as snapshot_date
    from parameters
    cross join counted
    where counted.number <= {{ var('quadrant_history_months') }} - parameters.month_ends_taken
)

select * from snapshots
