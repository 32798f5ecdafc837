-- One row per snapshot: as_of_date (number 0) and the month ends before it.
with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

counted as (
    {{ numbers(0, var('quadrant_history_months')) }}
),

snapshots as (
    select
        counted.number as snapshot_number,
        case
            when counted.number = 0 then parameters.as_of_date
            else last_day({{ add_months(month_start('parameters.as_of_date'), '-counted.number') }})
        end as snapshot_date
    from parameters
    cross join counted
)

select * from snapshots
