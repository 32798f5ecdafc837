{{ config(materialized='view') }}

-- One row per customer × window in which something about the customer becomes another: by how much
-- what lies in the window, and in the days before it, changes against the window before.
with days as (
    select
        *,
        {{ grain_number('held_from') }} as grain_number
    from {{ ref('int_run__window_days') }}
),

profiles as (
    select
        customer_key,
        basis
    from {{ ref('int_customers__profiles') }}
),

sales as (
    select
        sales.customer_key,
        days.grain_number,
        days.held_from,
        days.left_from,
        days.forgotten_from,
        case when sales.is_purchase_day and profiles.basis = 'transactional' then 1 else 0 end
            as marks,
        {{ whole_cents('sales.net_sales_booked') }} as net_cents
    from {{ ref('int_sales__customer_days') }} as sales
    inner join profiles
        on sales.customer_key = profiles.customer_key
    inner join days
        on sales.sales_date = days.event_date
    -- A day of costs alone changes nothing here.
    where sales.is_purchase_day or sales.net_sales_booked != 0
),

-- A contract that begins changes everything that holds its first day, one that ended everything
-- that holds the day after its last.
contracts as (
    select
        customer_key,
        in_force_from as change_date,
        1 as marks
    from {{ ref('int_contracts__periods') }}
    union all
    select
        customer_key,
        {{ add_days('in_force_until', 1) }} as change_date,
        -1 as marks
    from {{ ref('int_contracts__periods') }}
    where in_force_until is not null
),

changes as (
    select
        customer_key,
        grain_number,
        held_from as period_id,
        marks,
        0 as marks_before,
        net_cents,
        0 as net_cents_before
    from sales
    union all
    select
        customer_key,
        grain_number,
        left_from as period_id,
        -marks as marks,
        marks as marks_before,
        -net_cents as net_cents,
        net_cents as net_cents_before
    from sales
    where left_from is not null
    union all
    select
        customer_key,
        grain_number,
        forgotten_from as period_id,
        0 as marks,
        -marks as marks_before,
        0 as net_cents,
        -net_cents as net_cents_before
    from sales
    where forgotten_from is not null
    union all
    select
        contracts.customer_key,
        days.grain_number,
        days.held_from as period_id,
        contracts.marks,
        0 as marks_before,
        0 as net_cents,
        0 as net_cents_before
    from contracts
    inner join days
        on contracts.change_date = days.event_date
    union all
    -- What is in force at the end of the days before was so a window's length ago.
    select
        contracts.customer_key,
        days.grain_number,
        days.left_from as period_id,
        0 as marks,
        contracts.marks as marks_before,
        0 as net_cents,
        0 as net_cents_before
    from contracts
    inner join days
        on contracts.change_date = days.event_date
    where days.left_from is not null
),

summed as (
    select
        customer_key,
        grain_number,
        period_id,
        cast(sum(marks) as integer) as marks,
        cast(sum(marks_before) as integer) as marks_before,
        sum(net_cents) as net_cents,
        sum(net_cents_before) as net_cents_before
    from changes
    group by customer_key, grain_number, period_id
)

select * from summed
