-- Cohorts by week, month and quarter.
create table marts.cohorts as
with began as (
    select customer, alike, cohort_date, unnest(
        [week_id(cohort_date), month_id(cohort_date), quarter_id(cohort_date)]
    ) as cohort
    from grouped
    where cohort_date is not null
),

wanted as (
    from spread
    where dimension_name in ('all', 'acquisition_channel', 'country', 'first_product_category')
),

cells as (
    select cohort, number, place, sum(active) as active, sum(orders) as orders, sum(net) as net,
        sum(margin) as margin
    from (
        select
            cohort,
            greatest(id - cohort, 0) as number,
            alike,
            count(*) filter (is_active) as active,
            sum(orders) as orders,
            sum(net_attributed) as net,
            sum(margin) as margin
        from customer_periods
        inner join (
            select *, cohort // 1000000 as grain from began
        ) as began using (customer)
        where id // 1000000 = grain
        group by all
    )
    inner join wanted using (alike)
    group by all
),

sizes as (
    select cohort, place, dimension_name, dimension_value, count(*) as cohort_size
    from began
    inner join wanted using (alike)
    group by all
)

select
    grain as cohort_grain,
    cohort_start,
    number as period_number,
    dimension_name,
    dimension_value,
    cohort_size,
    cast(coalesce(active, 0) as bigint) as active_customers,
    cast(coalesce(orders, 0) as bigint) as orders,
    cast(coalesce(net, 0) / 100 as decimal(18, 2)) as net_sales,
    cast(coalesce(margin, 0) / 100 as decimal(18, 2)) as contribution_margin,
    case when is_complete then sum(coalesce(net, 0)) over so_far / 100 / cohort_size end
        as cumulative_net_sales_per_customer,
    case when is_complete then sum(coalesce(margin, 0)) over so_far / 100 / cohort_size end
        as cumulative_margin_per_customer,
    case when is_complete then coalesce(active, 0)::double / cohort_size end as retention_rate,
    is_complete,
    getvariable('as_of') as as_of_date
from (
    select
        sizes.*,
        began.grain,
        began.first_day as cohort_start,
        later.id - cohort as number,
        later.has_ended and began.is_observed as is_complete
    from sizes
    inner join periods_of_time as began on cohort = began.id
    inner join periods_of_time as later on began.grain = later.grain and later.id >= cohort
)
left join cells using (cohort, number, place)
window so_far as (partition by cohort, place order by number);
