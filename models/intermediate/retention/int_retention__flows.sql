-- One row per period × group of customers alike × quadrant before the period: all that the rates of
-- retention are made of.
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
        customer_periods.period_id,
        customers.dimension_group,
        coalesce(quadrants.quadrant, 'none') as quadrant,
        customer_periods.is_active,
        customer_periods.was_active_before,
        customer_periods.net_cents,
        customer_periods.previous_net_cents,
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
),

flows as (
    select
        period_id,
        dimension_group,
        quadrant,
        count(*) filter (is_active) as active_end,
        count(*) filter (was_active_before) as active_start,
        count(*) filter (is_active and was_active_before) as retained_customers,
        count(*) filter (is_active and not was_active_before and is_known_before)
            as reactivated_customers,
        count(*) filter (is_active and is_new) as kept_new_customers,
        {{ from_cents('sum(net_cents)') }} as net_sales,
        {{ from_cents('sum(net_cents) filter (was_active_before)') }} as followed_net_sales,
        {{ from_cents('sum(previous_net_cents) filter (was_active_before)') }}
            as previous_net_sales,
        {{ from_cents('sum(greatest(previous_net_cents, 0)) filter (was_active_before)') }}
            as previous_floored_net_sales,
        {{ from_cents(
            'sum(least(greatest(net_cents, 0), greatest(previous_net_cents, 0)))'
            ~ ' filter (was_active_before)'
        ) }} as kept_net_sales,
        {{ from_cents('sum(net_cents) filter (is_returning)') }} as returning_net_sales,
        {{ from_cents('sum(net_cents) filter (is_buyer)') }} as buyers_net_sales
    from judged
    group by period_id, dimension_group, quadrant
)

select * from flows
