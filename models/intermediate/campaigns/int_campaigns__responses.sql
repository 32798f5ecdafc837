-- One row per campaign and customer whose window is over: what they did in it, and whether they
-- were active in as many days before.
with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

members as (
    select
        members.*,
        {{ add_days('members.window_start', '-members.response_window_days') }} as before_start
    from {{ ref('int_campaigns__members') }} as members
    cross join parameters
    where members.window_end <= parameters.as_of_date
),

days as (
    select
        customer_key,
        sales_date,
        is_purchase_day,
        net_sales_booked,
        margin_booked
    from {{ ref('int_sales__customer_days') }}
),

summed as (
    select
        members.campaign_id,
        members.customer_key,
        bool_or(days.is_purchase_day) filter (days.sales_date < members.window_start)
            as is_active_before,
        bool_or(days.is_purchase_day) filter (days.sales_date >= members.window_start)
            as is_converted,
        sum(days.net_sales_booked) filter (days.sales_date >= members.window_start)
            as net_sales,
        sum(days.margin_booked) filter (days.sales_date >= members.window_start)
            as contribution_margin
    from members
    inner join days
        on
            members.customer_key = days.customer_key
            and days.sales_date between members.before_start and members.window_end
    group by members.campaign_id, members.customer_key
),

responses as (
    select
        members.campaign_id,
        members.customer_key,
        members.arm,
        coalesce(summed.is_active_before, false) as is_active_before,
        coalesce(summed.is_converted, false) as is_converted,
        {{ cents('summed.net_sales') }} as net_sales,
        {{ cents('summed.contribution_margin') }} as contribution_margin
    from members
    left join summed
        on
            members.campaign_id = summed.campaign_id
            and members.customer_key = summed.customer_key
)

select * from responses
