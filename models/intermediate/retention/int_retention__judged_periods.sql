{{ config(materialized='view') }}

-- One row per customer × reported period in which, or in the one before which, the customer was
-- active or money moved: the group and quadrant it counts for. A view, so that who reads one length
-- of period computes no other.
with periods as (
    select
        period_id,
        period_start,
        period_end,
        snapshot_before
    from {{ ref('int_run__periods') }}
    where is_reported
),

customer_periods as (
    select
        customer_key,
        {{ grain_number('period_id') }} as grain_number,
        period_id,
        is_active,
        was_active_before,
        {{ whole_cents('net_sales') }} as net_cents,
        {{ whole_cents('previous_net_sales') }} as previous_net_cents
    from {{ ref('int_retention__customer_periods') }}
    union all
    -- Who was active and did nothing in the period after.
    select
        customer_key,
        {{ grain_number('period_id') }} as grain_number,
        period_id + 1 as period_id,
        false as is_active,
        true as was_active_before,
        0 as net_cents,
        {{ whole_cents('net_sales') }} as previous_net_cents
    from {{ ref('int_retention__customer_periods') }}
    where is_active and not is_followed
    union all
    select * from {{ ref('int_retention__customer_windows') }}
),

customers as (
    select
        customer_key,
        dimension_group,
        cohort_date,
        first_purchase_date
    from {{ ref('int_customers__dimensions') }}
),

quadrants as (
    select
        snapshot_date,
        customer_key,
        quadrant
    from {{ ref('quadrants') }}
),

judged as (
    select
        customer_periods.grain_number,
        customer_periods.period_id,
        customers.dimension_group,
        customer_periods.is_active,
        customer_periods.was_active_before,
        customer_periods.net_cents,
        customer_periods.previous_net_cents,
        coalesce(quadrants.quadrant, 'none') as quadrant,
        customers.cohort_date < periods.period_start as is_known_before,
        customers.cohort_date between periods.period_start and periods.period_end as is_new,
        customers.first_purchase_date < periods.period_start as is_returning,
        customers.first_purchase_date <= periods.period_end as is_buyer
    from customer_periods
    inner join periods
        on customer_periods.period_id = periods.period_id
    inner join customers
        on customer_periods.customer_key = customers.customer_key
    left join quadrants
        on
            customer_periods.customer_key = quadrants.customer_key
            and periods.snapshot_before = quadrants.snapshot_date
)

select * from judged
