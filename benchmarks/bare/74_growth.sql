-- Who was outside class A and growing at each snapshot, in one pass over the days of those who
-- bought often enough.
set variable snapshot_days = (select list(snapshot_date order by number) from snapshots);

create macro earlier_from(began, n) as greatest(began, getvariable('snapshot_days')[n] - 729);
create macro later_from(began, n) as case
    when began <= getvariable('snapshot_days')[n] - 729 then getvariable('snapshot_days')[n] - 364
    -- The middle day belongs to the earlier half.
    else began + cast((getvariable('snapshot_days')[n] - began + 2) // 2 as integer)
end;
create macro compared(began, day, orders, margin, n) as {
    'number': n - 1,
    'earlier': sum(margin) filter (day >= earlier_from(began, n) and day < later_from(began, n)),
    'later': sum(margin) filter (
        day >= later_from(began, n) and day <= getvariable('snapshot_days')[n]
    ),
    'purchase_days': count(*) filter (
        orders > 0 and day >= earlier_from(began, n) and day <= getvariable('snapshot_days')[n]
    )
};
create macro all_compared(began, day, orders, margin) as [
    compared(began, day, orders, margin, 1),
    compared(began, day, orders, margin, 2),
    compared(began, day, orders, margin, 3),
    compared(began, day, orders, margin, 4),
    compared(began, day, orders, margin, 5),
    compared(began, day, orders, margin, 6),
    compared(began, day, orders, margin, 7),
    compared(began, day, orders, margin, 8),
    compared(began, day, orders, margin, 9),
    compared(began, day, orders, margin, 10),
    compared(began, day, orders, margin, 11),
    compared(began, day, orders, margin, 12),
    compared(began, day, orders, margin, 13),
    compared(began, day, orders, margin, 14)
];

create temp table rising as
with spans as (
    select
        customer,
        unnest(all_compared(began, day, orders, margin), recursive := true)
    from (
        select
            customer,
            day,
            orders,
            cast(margin_booked * 100 as double) as margin,
            first_purchase as began
        from days
        inner join (from profiles where purchase_days >= 3) as profiles using (customer)
        where day >= getvariable('snapshot_days')[-1] - 729
    )
    group by customer
)

select
    number,
    customer
from spans
inner join population using (customer, number)
left join cutoffs on snapshot_date = cutoffs.day and basis = 'contribution_margin'
where spans.purchase_days >= 3 and earlier > 0 and later >= earlier * 1.5
    and date '1970-01-01' - tenure <= snapshot_date - 90
    and recency > snapshot_date - date '1970-01-01' - 365
    and coalesce(cast(profitability * 100 as double) < class_a_from, true);
