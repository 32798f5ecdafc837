-- Everybody's standing at each snapshot beside the one before; moves between quadrants, and how far
-- quadrants depend on their thresholds.
create temp table standings as
with placed as (
    select
        snapshots.number,
        customer_key as customer,
        quadrant,
        customer_state,
        rising.customer is not null as is_rising,
        cast(profitability * 100 as double) as profitability
    from marts.quadrants
    inner join snapshots using (snapshot_date)
    left join rising on customer_key = rising.customer and snapshots.number = rising.number
)

select
    coalesce(later.number, earlier.number - 1) as number,
    coalesce(later.customer, earlier.customer) as customer,
    earlier.quadrant as quadrant_before,
    later.quadrant as quadrant_now,
    earlier.customer_state as state_before,
    later.customer_state as state_now,
    earlier.is_rising as rising_before,
    later.is_rising as rising_now,
    earlier.profitability as margin_before,
    later.profitability as margin_now
from placed as later
full join (from placed where number > 0) as earlier
    on later.customer = earlier.customer and later.number = earlier.number - 1;

create table marts.quadrant_migration as
select
    earlier.snapshot_date as from_date,
    later.snapshot_date as to_date,
    from_quadrant,
    to_quadrant,
    customers,
    cast(coalesce(margin_before, 0) / 100 as decimal(18, 2)) as margin_before,
    cast(coalesce(margin_now, 0) / 100 as decimal(18, 2)) as margin_after,
    getvariable('as_of') as as_of_date
from (
    select
        number,
        coalesce(quadrant_before, 'joined') as from_quadrant,
        coalesce(quadrant_now, 'left') as to_quadrant,
        count(*) as customers,
        sum(margin_before) as margin_before,
        sum(margin_now) as margin_now
    from standings
    group by all
) as moved
inner join snapshots as later on moved.number = later.number
inner join snapshots as earlier on moved.number + 1 = earlier.number;

create table marts.quadrant_sensitivity as
with counted as (
    select
        snapshot_date,
        loyalty_threshold,
        profitability_threshold,
        count(*) as customers,
        count(*) filter (loyalty_score >= loyalty_threshold) as loyal,
        count(*) filter (loyalty_score >= round(loyalty_threshold * 0.9, 9)) as loyal_below,
        count(*) filter (loyalty_score >= round(loyalty_threshold * 1.1, 9)) as loyal_above,
        count(*) filter (profitability >= profitability_threshold) as profitable,
        count(*) filter (profitability >= round(profitability_threshold * 0.9, 9))
            as profitable_below,
        count(*) filter (profitability >= round(profitability_threshold * 1.1, 9))
            as profitable_above
    from marts.quadrants
    group by all
)

select
    snapshot_date,
    axis,
    threshold_change,
    threshold,
    round(threshold * (1 + threshold_change), 9) as moved_threshold,
    customers,
    changed_customers,
    changed_customers / customers as changed_share,
    getvariable('as_of') as as_of_date
from (
    select
        snapshot_date,
        customers,
        unnest([
            {'axis': 'loyalty', 'threshold_change': -0.1::double,
             'threshold': loyalty_threshold, 'changed_customers': abs(loyal - loyal_below)},
            {'axis': 'loyalty', 'threshold_change': 0.1::double,
             'threshold': loyalty_threshold, 'changed_customers': abs(loyal - loyal_above)},
            {'axis': 'profitability', 'threshold_change': -0.1::double,
             'threshold': profitability_threshold,
             'changed_customers': abs(profitable - profitable_below)},
            {'axis': 'profitability', 'threshold_change': 0.1::double,
             'threshold': profitability_threshold,
             'changed_customers': abs(profitable - profitable_above)}
        ], recursive := true)
    from counted
);
