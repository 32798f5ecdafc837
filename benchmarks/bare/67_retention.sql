-- Retention of every period by every dimension.
create macro ratio(part, whole) as case when whole > 0 then part::double / whole::double end;

-- How many had begun, bought, and bought twice by each day; of quadrants per snapshot.
create temp table firsts as
with began as (
    select customer, alike, 1 as new, 0 as buyers, 0 as repeaters, cohort_date as day from grouped
    where cohort_date is not null
    union all
    select customer, alike, 0, cast(number = 1 as integer), cast(number = 2 as integer), day
    from purchases
    inner join grouped using (customer)
    where number <= 2
),

by_day as (
    select dimension_name, dimension_value, null::date as snapshot_date, day,
        sum(new) as new, sum(buyers) as buyers, sum(repeaters) as repeaters
    from (
        select alike, day, sum(new) as new, sum(buyers) as buyers, sum(repeaters) as repeaters
        from began
        group by all
    )
    inner join spread using (alike)
    group by all
    union all
    select 'quadrant', quadrant, snapshot_date, day, sum(new), sum(buyers), sum(repeaters)
    from began
    inner join marts.quadrants on customer = customer_key
    group by all
)

select
    dimension_name || '/' || dimension_value || '/' || coalesce(snapshot_date::varchar, '') as key,
    day,
    sum(new) over by_day as new,
    sum(buyers) over by_day as buyers,
    sum(repeaters) over by_day as repeaters
from by_day
window by_day as (
    partition by dimension_name, dimension_value, snapshot_date order by day
);

create temp table counted as
with spine as (
    select id, first_day, final_day, dimension_name, dimension_value,
        dimension_name || '/' || dimension_value || '/' as key
    from periods_of_time
    cross join (select distinct dimension_name, dimension_value from spread)
    where is_reported
    union all
    select id, first_day, final_day, 'quadrant', quadrant,
        'quadrant/' || quadrant || '/' || snapshot_before::varchar
    from periods_of_time
    cross join (select unnest(['I', 'II', 'III', 'IV']) as quadrant)
    where is_reported
),

found as (
    select
        spine.*,
        coalesce(finally.new, 0) - coalesce(firstly.new, 0) as new,
        coalesce(firstly.new, 0) as before,
        coalesce(finally.buyers, 0) as buyers,
        coalesce(finally.repeaters, 0) as repeaters
    from spine
    asof left join firsts as firstly on spine.key = firstly.key and first_day > firstly.day
    asof left join firsts as finally on spine.key = finally.key and final_day >= finally.day
)

select id, dimension_name, dimension_value, new, before, buyers, repeaters from found
union all
select id, 'quadrant', 'none',
    sum(if(dimension_name = 'all', new, -new)), sum(if(dimension_name = 'all', before, -before)),
    sum(if(dimension_name = 'all', buyers, -buyers)),
    sum(if(dimension_name = 'all', repeaters, -repeaters))
from found
where dimension_name in ('all', 'quadrant')
group by id;

create temp table by_dimension as
select *
from counted
inner join periods_of_time using (id)
left join (
    select id, dimension_name, dimension_value, sum(columns(* exclude (
        id, alike, quadrant, dimension_name, dimension_value, place
    )))
    from flows
    inner join spread using (alike)
    group by all
    union all by name
    select id, 'quadrant' as dimension_name, quadrant as dimension_value,
        sum(columns(* exclude (id, alike, quadrant)))
    from flows
    group by all
) as summed using (id, dimension_name, dimension_value);

create table marts.retention as
select
    grain as period_grain,
    first_day as period_start,
    final_day as period_end,
    dimension_name,
    dimension_value,
    cast(case when is_previous_observed then active_start end as bigint) as active_start,
    cast(new as bigint) as new_customers,
    cast(reactivated as bigint) as reactivated_customers,
    cast(case when is_complete then active_start - retained end as bigint) as lost_customers,
    cast(active as bigint) as active_end,
    cast(new - kept_new as bigint) as lost_new_customers,
    cast(case when is_previous_observed then retained end as bigint) as retained_customers,
    cast(before - (active - kept_new) as bigint) as dormant_customers,
    case when is_complete then ratio(active - new, active_start) end as crr,
    case when is_complete then ratio(retained, active_start) end as crr_strict,
    case when is_complete then ratio(active_start - retained, active_start) end as churn_rate,
    cast(net / 100 as decimal(18, 2)) as net_sales,
    case when is_complete then ratio(followed_net, previous_net) end as net_revenue_retention,
    case when is_complete then ratio(kept_net, previous_floored) end as gross_revenue_retention,
    case when is_complete then ratio(returning_net, buyers_net) end as repeat_sales_share,
    case when is_complete then ratio(repeaters, buyers) end as repeat_customer_rate,
    case
        when grain != 'month' or not is_complete or active_start = 0 then null
        when ratio(retained, active_start) >= 0.35 then 'excellent'
        when ratio(retained, active_start) < 0.06 then 'low'
        else 'normal'
    end as benchmark_band,
    is_complete,
    case when is_previous_observed then active_start < 30 end as is_small_base,
    getvariable('as_of') as as_of_date
from (
    select
        * replace (
            coalesce(active, 0) as active, coalesce(active_start, 0) as active_start,
            coalesce(retained, 0) as retained, coalesce(reactivated, 0) as reactivated,
            coalesce(kept_new, 0) as kept_new, coalesce(net, 0) as net,
            coalesce(followed_net, 0) as followed_net, coalesce(kept_net, 0) as kept_net,
            coalesce(returning_net, 0) as returning_net
        ),
        has_ended and is_previous_observed as is_complete
    from by_dimension
);
