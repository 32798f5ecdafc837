-- Months: cohorts, retention and churn from one table of flows.
create temp table months as
select
    cast(month as date) as month,
    last_day(month) as month_end,
    getvariable('as_of') >= last_day(month) as has_ended,
    month >= date_trunc('month', getvariable('data_start')) as is_reported,
    month - interval 1 month >= getvariable('data_start') as is_previous_observed,
    month >= getvariable('data_start') as is_observed
from (
    select unnest(range(
        (
            select date_trunc('month', least(min(in_force_from), getvariable('data_start')))
            from in_force
        ),
        cast(getvariable('as_of') + 1 as timestamp),
        interval 1 month
    )) as month
);

create temp table flows as
with sales as (
    select
        customer,
        cast(date_trunc('month', day) as date) as month,
        sum(orders) as orders,
        cast(sum(net_booked) as decimal(18, 2)) as net,
        cast(sum(net_attributed) as decimal(18, 2)) as net_attributed,
        cast(sum(margin_attributed) as decimal(18, 2)) as margin
    from days
    group by all
),

contract_months as (
    select
        customer,
        month,
        bool_or(least(month_end, getvariable('as_of')) between in_force_from and in_force_until)
            as is_in_force
    from periods
    inner join months
        on in_force_from <= least(month_end, getvariable('as_of')) and in_force_until >= month
    group by all
),

judged as (
    select
        customer,
        month,
        date_trunc('month', cohort_date)::date as cohort_month,
        date_trunc('month', first_purchase)::date as first_month,
        acquisition_channel,
        country,
        first_product_category,
        case when basis = 'contractual' then coalesce(is_in_force, false)
            else coalesce(orders, 0) > 0 end as is_active,
        coalesce(orders, 0) as orders,
        coalesce(net, 0) as net,
        coalesce(net_attributed, 0) as net_attributed,
        coalesce(margin, 0) as margin
    from (select * from sales full join contract_months using (customer, month))
    inner join profiles using (customer)
),

followed as (
    select
        *,
        coalesce(
            lag(is_active) over by_month
            and lag(month) over by_month = month - interval 1 month, false
        ) as was_active,
        lag(net) over by_month as previous_net
    from judged
    window by_month as (partition by customer order by month)
)

select
    month,
    cohort_month,
    acquisition_channel,
    country,
    first_product_category,
    count(*) filter (is_active) as active,
    count(*) filter (is_active and was_active) as retained,
    count(*) filter (is_active and not was_active and month > cohort_month) as reactivated,
    count(*) filter (not is_active and month = cohort_month) as lost_new,
    sum(orders) as orders,
    sum(net) as net,
    sum(net_attributed) as net_attributed,
    sum(margin) as margin,
    sum(net) filter (is_active) as active_net,
    sum(greatest(net, 0)) filter (is_active) as active_floored,
    sum(net) filter (was_active) as followed_net,
    sum(least(greatest(net, 0), greatest(previous_net, 0))) filter (was_active) as kept_net,
    sum(net) filter (month > first_month) as returning_net,
    sum(net) filter (month >= first_month) as buyers_net
from followed
group by all;

create temp table newcomers as
select
    cast(date_trunc('month', day) as date) as month,
    acquisition_channel,
    country,
    first_product_category,
    count(*) filter (what = 0) as new_customers,
    count(*) filter (what = 1) as first_buyers,
    count(*) filter (what = 2) as second_buyers
from (
    select customer, cohort_date as day, 0 as what from profiles where cohort_date is not null
    union all
    select customer, day, number from purchases where number <= 2
)
inner join profiles using (customer)
group by all;

create table marts.cohorts as
with cells as (
    select
        cohort_month,
        greatest(date_diff('month', cohort_month, month), 0) as period_number,
        case
            when grouping(acquisition_channel) = 0 then 'acquisition_channel'
            when grouping(country) = 0 then 'country'
            when grouping(first_product_category) = 0 then 'first_product_category'
            else 'all'
        end as dimension_name,
        coalesce(acquisition_channel, country, first_product_category, 'all') as dimension_value,
        sum(active) as active,
        sum(orders) as orders,
        sum(net_attributed) as net,
        sum(margin) as margin
    from flows
    where cohort_month is not null
    group by cohort_month, period_number, grouping sets (
        (), (acquisition_channel), (country), (first_product_category)
    )
),

sizes as (
    select
        month as cohort_month,
        case
            when grouping(acquisition_channel) = 0 then 'acquisition_channel'
            when grouping(country) = 0 then 'country'
            when grouping(first_product_category) = 0 then 'first_product_category'
            else 'all'
        end as dimension_name,
        coalesce(acquisition_channel, country, first_product_category, 'all') as dimension_value,
        cast(sum(new_customers) as bigint) as cohort_size
    from newcomers
    where new_customers > 0
    group by month, grouping sets (
        (), (acquisition_channel), (country), (first_product_category)
    )
)

select
    'month' as cohort_grain,
    cohort_month as cohort_start,
    cast(period_number as integer) as period_number,
    dimension_name,
    dimension_value,
    cohort_size,
    cast(coalesce(active, 0) as bigint) as active_customers,
    cast(coalesce(orders, 0) as bigint) as orders,
    cast(coalesce(net, 0) as decimal(18, 2)) as net_sales,
    cast(coalesce(margin, 0) as decimal(18, 2)) as contribution_margin,
    case when is_complete then cast(sum(net) over so_far as double) / cohort_size end
        as cumulative_net_sales_per_customer,
    case when is_complete then cast(sum(margin) over so_far as double) / cohort_size end
        as cumulative_margin_per_customer,
    case when is_complete then coalesce(active, 0)::double / cohort_size end as retention_rate,
    is_complete,
    getvariable('as_of') as as_of_date
from (
    select
        sizes.*,
        date_diff('month', cohort_month, month) as period_number,
        has_ended and cohort_month >= getvariable('data_start') as is_complete
    from sizes
    inner join months on cohort_month <= month
)
left join cells using (cohort_month, period_number, dimension_name, dimension_value)
window so_far as (
    partition by cohort_month, dimension_name, dimension_value order by period_number
);
