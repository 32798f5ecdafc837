-- Everybody's activity and money in every period, summed by group and quadrant.
create temp view followed as
with marked as (
    select customer, grain_number, held_from, left_from, forgotten_from,
        cast(orders > 0 and customer not in (select customer from contractual) as integer) as mark,
        cast(net_booked * 100 as double) as net
    from days
    inner join window_days using (day)
    where orders > 0 or net_booked != 0
),

in_contract as (
    select customer, grain_number, held_from, left_from, mark
    from (
        select customer, in_force_from as day, 1 as mark from periods
        union all
        select customer, in_force_until + 1, -1 from periods
        where in_force_until < getvariable('as_of')
    )
    inner join window_days using (day)
),

changes as (
    select customer, grain_number, id, sum(mark) as mark, sum(before) as before, sum(net) as net,
        sum(previous) as previous
    from (
        select customer, grain_number, held_from as id, mark, 0 as before, net,
            0.0::double as previous
        from marked
        union all
        select customer, grain_number, left_from, -mark, mark, -net, net from marked
        where left_from is not null
        union all
        select customer, grain_number, forgotten_from, 0, -mark, 0, -net from marked
        where forgotten_from is not null
        union all
        select customer, grain_number, held_from, mark, 0, 0, 0 from in_contract
        union all
        select customer, grain_number, left_from, 0, mark, 0, 0 from in_contract
        where left_from is not null
    )
    group by customer, grain_number, id
),

states as (
    select
        customer,
        grain_number,
        id,
        coalesce(lead(id) over by_window, ends[grain_number - 4] + 1) as until_id,
        sum(mark) over by_window > 0 as is_active,
        sum(before) over by_window > 0 as was_active,
        sum(net) over by_window as net,
        sum(previous) over by_window as previous
    from changes
    cross join (
        select list(last order by last) as ends
        from (select max(id) as last from periods_of_time where id > 5000000 group by grain)
    )
    window by_window as (partition by customer, grain_number order by id)
)

select customer, grain_number, cast(unnest(range(id, until_id)) as integer) as id, is_active,
    was_active, net, previous
from states
where is_active or was_active or net != 0
union all
select customer, id // 1000000, id, is_active, was_active, net, previous_net from customer_periods
union all
select customer, id // 1000000, id + 1, false, true, 0, net from customer_periods
where is_active and not is_followed;

-- One length of period after another: fewer sums at a time stay in the processor's cache.
create temp macro flows_of(shortest, longest) as table
select
    id,
    alike,
    coalesce(quadrant, 'none') as quadrant,
    count(*) filter (is_active) as active,
    count(*) filter (was_active) as active_start,
    count(*) filter (is_active and was_active) as retained,
    count(*) filter (is_active and not was_active and cohort_date < first_day) as reactivated,
    count(*) filter (is_active and cohort_date between first_day and final_day) as kept_new,
    sum(net) as net,
    sum(net) filter (was_active) as followed_net,
    sum(previous) filter (was_active) as previous_net,
    sum(greatest(previous, 0)) filter (was_active) as previous_floored,
    sum(least(greatest(net, 0), greatest(previous, 0))) filter (was_active) as kept_net,
    sum(net) filter (first_purchase < first_day) as returning_net,
    sum(net) filter (first_purchase <= final_day) as buyers_net
from followed
inner join (from periods_of_time where is_reported) as periods_of_time using (id)
inner join grouped using (customer)
left join marts.quadrants
    on customer = customer_key and snapshot_before = snapshot_date
where grain_number between shortest and longest
group by all;

create temp table flows as
from flows_of(1, 1)
union all
from flows_of(2, 4)
union all
from flows_of(5, 5)
union all
from flows_of(6, 6)
union all
from flows_of(7, 7);
