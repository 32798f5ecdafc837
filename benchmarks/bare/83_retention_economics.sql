-- What winning a customer costs beside keeping one, per month, quarter and year.
create table marts.retention_economics as
with sales as (
    select
        id,
        count(*) filter (not is_first) as returning_customers,
        sum(net) filter (not is_first) / 100 as returning_sales,
        count(*) filter (is_first) as first_time_customers,
        sum(net) filter (is_first) / 100 as first_time_sales
    from (
        select
            id,
            net,
            first_purchase >= first_day as is_first
        from customer_periods
        inner join (from periods_of_time where grain in ('month', 'quarter', 'year'))
            as periods_of_time using (id)
        inner join (select customer, first_purchase from profiles) as firsts using (customer)
        where orders > 0
    )
    group by id
),

paid as (
    select
        id,
        sum(amount) filter (purpose = 'acquire') as acquisition_spend,
        sum(amount) filter (purpose = 'keep') as keep_spend,
        sum(amount) filter (purpose = 'serve') as cost_to_serve
    from (
        select
            purpose,
            amount,
            unnest([month_id(day), quarter_id(day), year_id(day)]) as id
        from (
            select spent_on as day, purpose, sum(amount) as amount from spent group by all
            union all
            select day, 'serve', sum(cost_to_serve) from days where cost_to_serve != 0 group by day
        )
    )
    group by id
),

literature as (
    select
        max(low) filter (measure = 'acquire_to_keep_ratio') as acquire_to_keep_low,
        max(high) filter (measure = 'acquire_to_keep_ratio') as acquire_to_keep_high,
        max(high) filter (measure = 'returning_sales_share') as returning_sales_share_literature,
        max(high) filter (measure = 'returning_sales_uplift') as returning_sales_uplift_literature
    from read_csv(
        '{seeds}/literature_values.csv', types = {'low': 'double', 'high': 'double'}
    )
),

rated as (
    select
        retention.*,
        coalesce(acquisition_spend, 0) as acquisition_spend,
        coalesce(keep_spend, 0) as keep_spend,
        coalesce(cost_to_serve, 0) as cost_to_serve,
        coalesce(returning_customers, 0) as returning_customers,
        coalesce(first_time_customers, 0) as first_time_customers,
        case when retention.is_complete
            then ratio(coalesce(acquisition_spend, 0), new_customers) end as cost_to_acquire,
        case when retention.is_complete
            then ratio(coalesce(keep_spend, 0) + coalesce(cost_to_serve, 0), retained_customers)
            end as cost_to_keep,
        case when retention.is_complete then ratio(returning_sales, returning_customers) end
            as returning_sales_per_customer,
        case when retention.is_complete then ratio(first_time_sales, first_time_customers) end
            as first_time_sales_per_customer
    from marts.retention
    inner join periods_of_time on period_grain = grain and period_start = first_day
    left join sales using (id)
    left join paid using (id)
    where grain in ('month', 'quarter', 'year') and dimension_name = 'all'
)

select
    period_grain,
    period_start,
    period_end,
    cast(acquisition_spend as decimal(18, 2)) as acquisition_spend,
    new_customers,
    cost_to_acquire,
    cast(keep_spend as decimal(18, 2)) as keep_spend,
    cast(cost_to_serve as decimal(18, 2)) as cost_to_serve,
    retained_customers,
    cost_to_keep,
    ratio(cost_to_acquire, cost_to_keep) as acquire_to_keep_ratio,
    repeat_sales_share as returning_sales_share,
    returning_customers,
    returning_sales_per_customer,
    first_time_customers,
    first_time_sales_per_customer,
    ratio(returning_sales_per_customer, first_time_sales_per_customer) - 1
        as returning_sales_uplift,
    literature.*,
    is_complete,
    as_of_date
from rated
cross join literature;
