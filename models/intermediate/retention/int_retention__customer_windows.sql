{{ config(materialized='view') }}

-- One row per customer × window of days in which, or in the days before which, the customer was
-- active or money moved.
with last_windows as (
    select
        {{ grain_number('period_id') }} as grain_number,
        max(period_id) as period_id
    from {{ ref('int_run__periods') }}
    group by {{ grain_number('period_id') }}
),

changes as (
    select
        changes.*,
        last_windows.period_id + 1 as end_of_windows
    from {{ ref('int_retention__window_changes') }} as changes
    inner join last_windows
        on changes.grain_number = last_windows.grain_number
),

states as (
    select
        customer_key,
        grain_number,
        period_id,
        coalesce(lead(period_id) over by_window, end_of_windows) as changed_from,
        sum(marks) over by_window > 0 as is_active,
        sum(marks_before) over by_window > 0 as was_active_before,
        sum(net_cents) over by_window as net_cents,
        sum(net_cents_before) over by_window as previous_net_cents
    from changes
    window by_window as (partition by customer_key, grain_number order by period_id)
),

windows as (
    select
        customer_key,
        grain_number,
        {{ each_number('period_id', 'changed_from - 1') }} as period_id,
        is_active,
        was_active_before,
        net_cents,
        previous_net_cents
    from states
    where is_active or was_active_before or net_cents != 0
)

select * from windows
