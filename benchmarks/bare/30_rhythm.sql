-- Purchase days with the gaps known up to each, the rhythm, and the silences that became episodes.
create temp table purchases as
with neighbours as (
    select
        customer,
        day,
        cast(row_number() over by_day as integer) as number,
        lead(day) over by_day as next_day,
        first_value(day) over by_day as first_day,
        day - lag(day) over by_day as gap
    from days
    where orders > 0
    window by_day as (partition by customer order by day)
)

select
    *,
    median(cast(gap as double)) over known as median_gap,
    sum(gap * gap) over known as squared_gaps
from neighbours
window known as (partition by customer order by day rows unbounded preceding);

create temp table contractual as
select
    customer,
    min(in_force_from) as first_contract
from in_force
group by customer;

set variable prior = (
    select coalesce(median(median_gap), 90.0)
    from purchases
    where next_day is null and median_gap is not null
        and customer not in (select customer from contractual)
);
set variable fixed_window = (
    select quantile_cont(cast(gap as double), 0.9)
    from purchases
    where gap > 0 and customer not in (select customer from contractual)
);
set variable first_churn = cast(
    ceil(least(greatest(4 * getvariable('prior'), 30), 730)) as integer
);

create temp table silences as
with limits as (
    select
        *,
        ((number - 1) * coalesce(median_gap, 0) + 3 * getvariable('prior'))
        / cast(number + 2 as double) as expected_gap
    from purchases
    where customer not in (select customer from contractual)
),

judged as (
    select
        *,
        least(greatest(4 * expected_gap, 30), 730) as churn_after,
        least(2 * expected_gap, least(greatest(4 * expected_gap, 30), 730)) as at_risk_after,
        day + cast(ceil(least(greatest(4 * expected_gap, 30), 730)) as integer) as churned_at
    from limits
),

ended as (
    select
        * replace (
            case when coalesce(next_day, getvariable('as_of') + 1) > churned_at then churned_at end
                as churned_at
        )
    from judged
)

select
    customer,
    number,
    day,
    first_day,
    next_day,
    squared_gaps,
    median_gap,
    expected_gap,
    churn_after,
    at_risk_after,
    churned_at,
    max(case when fell_silent then day end) over (
        partition by customer order by day rows unbounded preceding
    ) as returned_on
from (
    select *, lag(churned_at) over (partition by customer order by day) is not null as fell_silent
    from ended
);

create temp table episodes as
select
    *,
    lag(ended_at) over (partition by customer order by churned_at) as previous_ended_at
from (
    select
        customer, true as by_silence, day as last_seen, first_day as first_seen, churned_at,
        next_day as ended_at
    from silences
    where churned_at is not null
    union all
    select customer, false, in_force_until, first_from, in_force_until + 30, next_from
    from periods
    where in_force_until < date '9999-12-31' and in_force_until + 30 <= getvariable('as_of')
        and coalesce(next_from > in_force_until + 30, true)
);

create temp table snapshots as
select
    cast(number as integer) as number,
    case
        when number = 0 then getvariable('as_of')
        else last_day(cast(
            date_trunc('month', getvariable('as_of')) - to_months(cast(number as integer)) as date
        ))
    end as snapshot_date
from (select unnest(range(14)) as number)
where number <= 13 - cast(getvariable('as_of') = last_day(getvariable('as_of')) as integer);

create temp table contract_states as
select
    running.number,
    running.customer,
    episodes.churned_at,
    case
        when episodes.churned_at is not null then 'churned'
        when is_in_force and is_secure then 'active'
        else 'at_risk'
    end as customer_state
from (
    select
        snapshots.number,
        snapshots.snapshot_date,
        customer,
        bool_or(coalesce(in_force_until >= snapshot_date, true)) as is_in_force,
        bool_or(coalesce(cancelled_on > snapshot_date, true)
            and coalesce(agreed_until > snapshot_date + 60, true)) as is_secure
    from in_force
    inner join snapshots on in_force_from <= snapshot_date
    group by all
) as running
left join episodes
    on running.customer = episodes.customer and not episodes.by_silence
    and running.snapshot_date >= episodes.churned_at
    and running.snapshot_date < coalesce(episodes.ended_at, date '9999-12-31');
