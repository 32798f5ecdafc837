-- Retention and churn per month, over all and by country.
create temp table by_dimension as
with rolled as (
    select
        month,
        case when grouping(country) = 0 then 'country' else 'all' end as dimension_name,
        coalesce(country, 'all') as dimension_value,
        sum(columns(* exclude (
            month, cohort_month, acquisition_channel, country, first_product_category
        )))
    from flows
    group by month, rollup (country)
),

arrived as (
    select
        month,
        case when grouping(country) = 0 then 'country' else 'all' end as dimension_name,
        coalesce(country, 'all') as dimension_value,
        sum(new_customers) as new_customers,
        sum(first_buyers) as first_buyers,
        sum(second_buyers) as second_buyers
    from newcomers
    group by month, rollup (country)
),

spine as (
    select *
    from months
    cross join (
        select 'all' as dimension_name, 'all' as dimension_value
        union all
        select distinct 'country', country from profiles
    )
)

select
    month,
    month_end,
    has_ended,
    is_reported,
    is_previous_observed,
    dimension_name,
    dimension_value,
    coalesce(active, 0) as active,
    coalesce(retained, 0) as retained,
    coalesce(reactivated, 0) as reactivated,
    coalesce(lost_new, 0) as lost_new,
    coalesce(net, 0) as net,
    coalesce(followed_net, 0) as followed_net,
    coalesce(kept_net, 0) as kept_net,
    coalesce(returning_net, 0) as returning_net,
    coalesce(buyers_net, 0) as buyers_net,
    coalesce(new_customers, 0) as new_customers,
    coalesce(lag(active) over by_month, 0) as active_start,
    lag(active_net) over by_month as previous_net,
    lag(active_floored) over by_month as previous_floored,
    sum(new_customers) over by_month - coalesce(new_customers, 0) as customers_before,
    sum(first_buyers) over by_month as buyers_so_far,
    sum(second_buyers) over by_month as repeat_buyers_so_far
from spine
left join rolled using (month, dimension_name, dimension_value)
left join arrived using (month, dimension_name, dimension_value)
window by_month as (partition by dimension_name, dimension_value order by month);

create macro ratio(part, whole) as case when whole > 0 then part::double / whole::double end;

create table marts.retention as
select
    'month' as period_grain,
    month as period_start,
    month_end as period_end,
    dimension_name,
    dimension_value,
    cast(case when is_previous_observed then active_start end as bigint) as active_start,
    cast(new_customers as bigint) as new_customers,
    cast(reactivated as bigint) as reactivated_customers,
    cast(case when is_complete then active_start - retained end as bigint) as lost_customers,
    cast(active as bigint) as active_end,
    cast(lost_new as bigint) as lost_new_customers,
    cast(case when is_previous_observed then retained end as bigint) as retained_customers,
    cast(customers_before - (active - new_customers + lost_new) as bigint) as dormant_customers,
    case when is_complete then ratio(active - new_customers, active_start) end as crr,
    case when is_complete then ratio(retained, active_start) end as crr_strict,
    case when is_complete then ratio(active_start - retained, active_start) end as churn_rate,
    cast(net as decimal(18, 2)) as net_sales,
    case when is_complete then ratio(followed_net, previous_net) end as net_revenue_retention,
    case when is_complete then ratio(kept_net, previous_floored) end as gross_revenue_retention,
    case when is_complete then ratio(returning_net, buyers_net) end as repeat_sales_share,
    case when is_complete then ratio(repeat_buyers_so_far, buyers_so_far) end
        as repeat_customer_rate,
    case
        when not is_complete or active_start = 0 then null
        when ratio(retained, active_start) >= 0.35 then 'excellent'
        when ratio(retained, active_start) < 0.06 then 'low'
        else 'normal'
    end as benchmark_band,
    is_complete,
    case when is_previous_observed then active_start < 30 end as is_small_base,
    getvariable('as_of') as as_of_date
from (select *, has_ended and is_previous_observed as is_complete from by_dimension)
where is_reported;

create table marts.churn as
with judged as (
    select
        episodes.*,
        cast(date_trunc('month', churned_at) as date) as month,
        country,
        case
            when first_seen >= date_trunc('month', churned_at) then 'new'
            when previous_ended_at >= date_trunc('month', churned_at) then 'again'
            else 'base'
        end as origin,
        row_number() over (
            partition by episodes.customer, date_trunc('month', churned_at) order by churned_at
        ) = 1 as is_first
    from episodes
    inner join profiles using (customer)
),

-- Only episodes of the base cost anything: their year is looked up, not everyone's.
lost as (
    select
        episode.customer,
        episode.churned_at,
        sum(net_booked) as lost
    from (
        select customer, churned_at, last_seen as last_day
        from judged
        where origin = 'base' and is_first and by_silence
        union all
        select judged.customer, churned_at, max(day)
        from judged
        inner join purchases using (customer)
        where origin = 'base' and is_first and not by_silence and day <= last_seen
        group by all
    ) as episode
    inner join days
        on episode.customer = days.customer
        and day <= last_day and day >= last_day - 364
    group by all
),

fallen as (
    select
        month,
        case when grouping(country) = 0 then 'country' else 'all' end as dimension_name,
        coalesce(country, 'all') as dimension_value,
        count(*) filter (origin = 'base' and is_first) as churned_customers,
        count(*) filter (origin = 'new' and is_first) as churned_new,
        count(*) filter (origin = 'again' and is_first) as churned_again,
        coalesce(sum(lost) filter (is_first), 0) as lost_net_sales
    from judged
    left join lost using (customer, churned_at)
    group by month, rollup (country)
),

opened as (
    select
        month,
        case when grouping(country) = 0 then 'country' else 'all' end as dimension_name,
        coalesce(country, 'all') as dimension_value,
        sum(change) as change
    from (
        select month, country, 1 as change from judged
        union all
        select cast(date_trunc('month', ended_at) as date), country, -1
        from judged where ended_at is not null
    )
    group by month, rollup (country)
),

joined as (
    select
        spine.*,
        churned_customers,
        churned_new,
        churned_again,
        lost_net_sales,
        customers_before - coalesce(
            sum(change) over (
                partition by dimension_name, dimension_value order by month
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as base,
        has_ended and month >= getvariable('data_start') + getvariable('first_churn') as is_complete
    from by_dimension as spine
    left join fallen using (month, dimension_name, dimension_value)
    left join opened using (month, dimension_name, dimension_value)
)

select
    'month' as period_grain,
    month as period_start,
    month_end as period_end,
    dimension_name,
    dimension_value,
    cast(base as bigint) as base_customers,
    coalesce(churned_customers, 0) as churned_customers,
    coalesce(churned_new, 0) as churned_new,
    coalesce(churned_again, 0) as churned_again,
    case when is_complete then ratio(coalesce(churned_customers, 0), base) end
        as rhythm_churn_rate,
    cast(coalesce(lost_net_sales, 0) as decimal(18, 2)) as lost_net_sales,
    is_complete,
    getvariable('as_of') as as_of_date
from joined
where is_reported;
