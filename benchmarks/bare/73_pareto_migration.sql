-- Classes at the last quarter ends and at as_of_date; the least values of classes A and B at these
-- dates and at all snapshots. Money in whole cents: such doubles are exact.
set variable move_days = (
    with ends as (select date_trunc('quarter', getvariable('as_of') + 1)::date as next_quarter)

    select [getvariable('as_of')] || list(cast(
        next_quarter - to_months(cast(3 * number as integer)) as date
    ) - 1 order by number)
    from ends
    cross join (select unnest(range(4)) as number)
    -- Where as_of_date is a quarter end, it is one of the four.
    where next_quarter <= getvariable('as_of') or number > 0
);

create macro in_year(day, n) as
    day <= getvariable('move_days')[n] and day > getvariable('move_days')[n] - 365;
-- NULL without a purchase day in the year.
create macro worth_then(amount, orders, day, n) as
    case when bool_or(orders > 0 and in_year(day, n)) then sum(amount) filter (in_year(day, n)) end;
create macro worths(amount, orders, day) as [
    worth_then(amount, orders, day, 1), worth_then(amount, orders, day, 2),
    worth_then(amount, orders, day, 3), worth_then(amount, orders, day, 4),
    worth_then(amount, orders, day, 5)
];

create temp table moves as
with worth as (
    select
        worths(margin, orders, day) as margin,
        worths(net, orders, day) as net,
        worths(gross, orders, day) as gross
    from (
        select
            customer,
            day,
            orders,
            cast(margin_booked * 100 as double) as margin,
            cast(net_booked * 100 as double) as net,
            cast(gross * 100 as double) as gross
        from days
        where day > getvariable('as_of') - 732
    )
    group by customer
),

paired as (
    select
        unnest(range(1, dates)) as number,
        unnest(margin[2:dates]) as margin_before,
        unnest(margin[:dates - 1]) as margin_after,
        unnest(net[2:dates]) as net_before,
        unnest(net[:dates - 1]) as net_after,
        unnest(gross[2:dates]) as gross_before,
        unnest(gross[:dates - 1]) as gross_after
    from worth
    cross join (select len(getvariable('move_days')) as dates)
)

select 'contribution_margin' as basis, number, margin_before as before, margin_after as after
from paired
where margin_before is not null or margin_after is not null
union all
select 'net_sales', number, net_before, net_after
from paired
where net_before is not null or net_after is not null
union all
select 'gross_sales', number, gross_before, gross_after
from paired
where gross_before is not null or gross_after is not null;

-- Only the values near the two limits are ranked one by one: of others their bucket's sum will do.
create temp table cutoffs as
with positive as (
    select
        basis,
        getvariable('move_days')[number] as day,
        after as value
    from moves
    where after > 0
    union all
    select
        basis,
        getvariable('move_days')[number + 1],
        before
    from moves
    where before > 0 and number + 1 = len(getvariable('move_days'))
    union all
    select
        'contribution_margin',
        snapshot_date,
        cast(profitability * 100 as double)
    from population
    where profitability > 0 and recency > snapshot_date - date '1970-01-01' - 365
        and not list_contains(getvariable('move_days'), snapshot_date)
),

bucketed as (
    select
        *,
        cast(floor(sqrt(value)) as integer) as bucket
    from positive
),

limits as (
    select
        *,
        above * 5 < total * 4 and (above + value) * 5 >= total * 4
        or above * 20 < total * 19 and (above + value) * 20 >= total * 19 as is_near
    from (
        select
            *,
            sum(value) over by_bucket - value as above,
            sum(value) over (partition by basis, day) as total
        from (
            select basis, day, bucket, sum(value) as value from bucketed group by all
        )
        window by_bucket as (
            partition by basis, day order by bucket desc
            rows between unbounded preceding and current row
        )
    )
),

ranked as (
    select
        basis,
        day,
        value,
        total,
        above + sum(equals) over (
            partition by basis, day, bucket order by value desc
            rows between unbounded preceding and current row
        ) - equals as above
    from (
        select
            basis,
            day,
            bucket,
            above,
            total,
            bucketed.value,
            sum(bucketed.value) as equals
        from bucketed
        inner join (from limits where is_near) as limits using (basis, day, bucket)
        group by all
    )
)

select
    basis,
    day,
    min(value) filter (above * 5 < total * 4) as class_a_from,
    min(value) filter (above * 20 < total * 19) as class_b_from
from ranked
group by basis, day;

create macro class_of(worth, class_a_from, class_b_from, missing) as case
    when worth is null then missing
    when worth < 0 then 'negative'
    when worth >= class_a_from then 'A'
    when worth >= class_b_from then 'B'
    else 'C'
end;

create table marts.pareto_migration as
select
    moves.basis,
    getvariable('move_days')[number + 1] as from_date,
    getvariable('move_days')[number] as to_date,
    class_of(before, earlier.class_a_from, earlier.class_b_from, 'joined') as from_class,
    class_of(after, later.class_a_from, later.class_b_from, 'left') as to_class,
    count(*) as customers,
    cast(coalesce(sum(before), 0) / 100 as decimal(18, 2)) as value_before,
    cast(coalesce(sum(after), 0) / 100 as decimal(18, 2)) as value_after,
    getvariable('as_of') as as_of_date
from moves
left join cutoffs as earlier
    on moves.basis = earlier.basis and getvariable('move_days')[number + 1] = earlier.day
left join cutoffs as later
    on moves.basis = later.basis and getvariable('move_days')[number] = later.day
group by all;
