-- Periods of all lengths; everybody's activity and money in each of the calendar's.
create macro week_id(day) as cast(1000000 + floor((day - date '1970-01-05') / 7) as integer);
create macro month_id(day) as
    cast(2000000 + (year(day) - 1970) * 12 + month(day) - 1 as integer);
create macro quarter_id(day) as
    cast(3000000 + (year(day) - 1970) * 4 + quarter(day) - 1 as integer);
create macro year_id(day) as cast(4000000 + year(day) - 1970 as integer);

create temp table periods_of_time as
with days as (
    select cast(unnest(range(
        date_trunc('year', least(
            (select min(in_force_from) from in_force), getvariable('data_start')
        )),
        cast(getvariable('as_of') + 1 as timestamp),
        interval 1 day
    )) as date) as day
),

calendar as (
    select distinct 'week' as grain, week_id(day) as id,
        cast(date_trunc('week', day) as date) as first_day from days
    union all
    select distinct 'month', month_id(day), cast(date_trunc('month', day) as date) from days
    union all
    select distinct 'quarter', quarter_id(day), cast(date_trunc('quarter', day) as date) from days
    union all
    select distinct 'year', year_id(day), cast(date_trunc('year', day) as date) from days
),

bounded as (
    select
        *,
        case grain
            when 'week' then first_day + 6
            when 'month' then last_day(first_day)
            when 'quarter' then cast(first_day + interval 3 month as date) - 1
            else cast(first_day + interval 1 year as date) - 1
        end as final_day,
        case grain
            when 'week' then first_day - 7
            when 'month' then cast(first_day - interval 1 month as date)
            when 'quarter' then cast(first_day - interval 3 month as date)
            else cast(first_day - interval 1 year as date)
        end as previous_start
    from calendar
),

ends as (
    select final_day from bounded
    where grain = 'month' and final_day between getvariable('data_start') and getvariable('as_of')
    union
    select getvariable('as_of')
),

rolling as (
    select
        'rolling_' || length || 'd' as grain,
        cast(case length when 30 then 5000000 when 90 then 6000000 else 7000000 end
            + row_number() over (partition by length order by final_day) as integer) as id,
        final_day - length + 1 as first_day,
        final_day,
        cast(final_day - 2 * length + 1 as date) as previous_start
    from ends
    cross join (select unnest([30, 90, 365]) as length)
)

select
    *,
    least(final_day, getvariable('as_of')) as judged_on,
    last_day(cast(first_day - interval 1 month as date)) as snapshot_before,
    final_day <= getvariable('as_of') as has_ended,
    final_day >= getvariable('data_start') as is_reported,
    previous_start >= getvariable('data_start') as is_previous_observed,
    first_day >= getvariable('data_start') as is_observed
from (from bounded union all by name from rolling);

create temp table window_days as
with lengths as (
    select
        grain,
        cast(any_value(final_day - first_day + 1) as integer) as length,
        list(id order by id) as ids,
        list(final_day order by id) as ends
    from periods_of_time
    where id > 5000000
    group by grain
),

placed as (
    select
        length,
        day,
        ids[len(list_filter(ends, lambda final: final < day)) + 1] as id
    from lengths
    cross join (
        select cast(unnest(range(
            cast(getvariable('data_start') - 1500 as timestamp),
            cast(getvariable('as_of') + 1 as timestamp), interval 1 day
        )) as date) as day
    )
)

select
    held.id // 1000000 as grain_number,
    held.day,
    held.id as held_from,
    gone.id as left_from,
    forgotten.id as forgotten_from
from placed as held
left join placed as gone on held.length = gone.length and held.day + held.length = gone.day
left join placed as forgotten
    on held.length = forgotten.length and held.day + 2 * held.length = forgotten.day;

create temp table customer_periods as
with cents as (
    select
        customer,
        week_id(day) as week,
        month_id(day) as month,
        quarter_id(day) as quarter,
        year_id(day) as year,
        orders,
        cast(net_booked * 100 as double) as net,
        cast(net_attributed * 100 as double) as net_attributed,
        cast(margin_attributed * 100 as double) as margin
    from days
),

months as (
    select customer, month, quarter, year, sum(orders) as orders, sum(net) as net,
        sum(net_attributed) as net_attributed, sum(margin) as margin
    from cents
    group by all
),

sales as (
    select customer, week as id, sum(orders) as orders, sum(net) as net,
        sum(net_attributed) as net_attributed, sum(margin) as margin
    from cents
    group by all
    union all
    select customer, month, orders, net, net_attributed, margin from months
    union all
    select customer, quarter, sum(orders), sum(net), sum(net_attributed), sum(margin)
    from months
    group by all
    union all
    select customer, year, sum(orders), sum(net), sum(net_attributed), sum(margin)
    from months
    group by all
),

touched as (
    select customer, id, bool_or(judged_on between in_force_from and in_force_until) as is_active
    from (
        select
            customer,
            in_force_from,
            in_force_until,
            unnest(
                range(week_id(in_force_from), week_id(known) + 1)
                || range(month_id(in_force_from), month_id(known) + 1)
                || range(quarter_id(in_force_from), quarter_id(known) + 1)
                || range(year_id(in_force_from), year_id(known) + 1)
            ) as id
        from (select *, least(in_force_until, getvariable('as_of')) as known from periods)
    )
    inner join periods_of_time using (id)
    group by all
),

judged as (
    select customer, id, orders > 0 as is_active, orders, net, net_attributed, margin
    from sales
    anti join contractual using (customer)
    union all
    select customer, id, coalesce(is_active, false), coalesce(orders, 0), coalesce(net, 0),
        coalesce(net_attributed, 0), coalesce(margin, 0)
    from (from sales semi join contractual using (customer))
    full join touched using (customer, id)
)

select
    *,
    coalesce(lag(is_active) over by_period and lag(id) over by_period = id - 1, false)
        as was_active,
    lag(net) over by_period as previous_net,
    coalesce(lead(id) over by_period = id + 1, false) as is_followed
from judged
window by_period as (partition by customer order by id);
