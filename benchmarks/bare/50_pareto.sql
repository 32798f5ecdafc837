-- Values ranked once by distinct value; the curve and the concentration come from the same ranks.
create temp table valued as
select
    basis,
    window_name,
    customer,
    cast(value as decimal(18, 2)) as value,
    compared_days >= 3 and coalesce(earlier > 0, false) and coalesce(later, 0) >= earlier * 1.5
        as is_growing
from (
    select
        customer,
        compared_days,
        unnest([
            {'basis': 'contribution_margin', 'window_name': 'all_time', 'value': margin_all,
             'earlier': margin_earlier, 'later': margin_later, 'in_window': has_purchase},
            {'basis': 'contribution_margin', 'window_name': 'trailing_365d',
             'value': coalesce(margin_year, 0), 'earlier': margin_earlier, 'later': margin_later,
             'in_window': has_trailing_purchase},
            {'basis': 'net_sales', 'window_name': 'all_time', 'value': net_all,
             'earlier': net_earlier, 'later': net_later, 'in_window': has_purchase},
            {'basis': 'net_sales', 'window_name': 'trailing_365d',
             'value': coalesce(net_year, 0), 'earlier': net_earlier, 'later': net_later,
             'in_window': has_trailing_purchase},
            {'basis': 'gross_sales', 'window_name': 'all_time', 'value': gross_all,
             'earlier': gross_earlier, 'later': gross_later, 'in_window': has_purchase},
            {'basis': 'gross_sales', 'window_name': 'trailing_365d',
             'value': coalesce(gross_year, 0), 'earlier': gross_earlier, 'later': gross_later,
             'in_window': has_trailing_purchase}
        ], recursive := true)
    from money
)
where in_window;

-- One row per distinct value, largest first: how many are above, what they and these give.
create temp table steps as
select
    *,
    sum(equals) over by_value as places,
    sum(value * equals) over by_value as cumulative,
    sum(greatest(value, 0) * equals) over by_value as so_far,
    sum(greatest(value, 0) * equals) over (partition by basis, window_name) as positive,
    sum(equals) over (partition by basis, window_name) as customers
from (
    select
        basis,
        window_name,
        value,
        count(*) as equals
    from valued
    group by all
)
window by_value as (
    partition by basis, window_name order by value desc
    rows between unbounded preceding and current row
);

create table marts.pareto as
select
    basis,
    window_name,
    customer as customer_key,
    customer_churn.customer_id,
    value,
    value_rank,
    cumulative_value,
    value_share,
    pareto_class,
    pareto_class != 'A' and customer_state != 'churned'
    and first_purchase <= getvariable('as_of') - 90 and is_growing as is_rising,
    getvariable('as_of') as as_of_date
from valued
inner join (
    select
        basis,
        window_name,
        value,
        cast(places - equals + 1 as bigint) as value_rank,
        cast(cumulative as decimal(18, 2)) as cumulative_value,
        case when positive > 0 then cast(value as double) / cast(positive as double) end
            as value_share,
        case
            when value < 0 then 'negative'
            when value = 0 then 'C'
            when cumulative - value * equals < 0.80 * positive then 'A'
            when cumulative - value * equals < 0.95 * positive then 'B'
            else 'C'
        end as pareto_class
    from steps
) as classes using (basis, window_name, value)
inner join marts.customer_churn on customer = customer_key
inner join (select customer, first_purchase from profiles) as firsts using (customer);

-- The n-th customer, counted one by one, stands on the step that covers n.
create temp table points as
select
    basis,
    window_name,
    wanted.percent,
    wanted.place,
    positive,
    steps.customers,
    cumulative - (places - wanted.place) * value as value_so_far,
    so_far - (places - wanted.place) * greatest(value, 0) as positive_so_far
from steps
inner join (
    select distinct
        basis,
        window_name,
        percent,
        cast(ceil(customers * percent / 100.0) as bigint) as place
    from steps
    cross join (select unnest(range(1, 101)) as percent)
    where places = customers
) as wanted using (basis, window_name)
where wanted.place > places - equals and wanted.place <= places;

create table marts.pareto_curve as
select
    basis,
    window_name,
    cast(percent as integer) as percent_of_customers,
    place as customers,
    cast(value_so_far as decimal(18, 2)) as cumulative_value,
    cast(place as double) / customers as customer_share,
    case when positive > 0 then cast(value_so_far as double) / cast(positive as double) end
        as value_share,
    getvariable('as_of') as as_of_date
from points;

create table marts.concentration as
with summed as (
    select
        basis,
        window_name,
        max(customers) as customers,
        max(positive) as positive,
        sum(value * equals) as value,
        -- The first step that reaches 80 %, and how far into it one must go.
        min(
            places - equals
            + cast(ceil((0.80 * positive - (so_far - value * equals)) / nullif(value, 0)) as bigint)
        ) filter (
            value > 0 and so_far >= 0.80 * positive and so_far - value * equals < 0.80 * positive
        ) as customers_for_80,
        max(value) as largest,
        sum(cast(greatest(value, 0) as decimal(18, 2)) * cast(greatest(value, 0) as decimal(18, 2))
            * equals) as squares,
        sum(value * equals) filter (value >= 0) as total,
        sum(equals) filter (value >= 0) as counted,
        -- Ascending places of a step's customers run from n - places + 1 to n - places + equals.
        sum(cast(value as decimal(28, 2)) * equals * (2 * (m - places) + equals + 1)) filter (
            value >= 0
        ) as doubled
    from (
        select *, sum(equals) filter (value >= 0) over (partition by basis, window_name) as m
        from steps
    )
    group by basis, window_name
),

tops as (
    pivot (
        select basis, window_name, percent, positive_so_far from points
        where percent in (1, 5, 10, 20, 50)
    )
    on percent in (1, 5, 10, 20, 50) using any_value(positive_so_far)
)

select
    basis,
    window_name,
    cast(customers as bigint) as customers,
    cast(value as decimal(18, 2)) as value,
    cast(customers_for_80 as bigint) as customers_for_80,
    cast(customers_for_80 as double) / customers as customer_share_for_80,
    cast("1" as double) / cast(positive as double) as top_1_share,
    cast("5" as double) / cast(positive as double) as top_5_share,
    cast("10" as double) / cast(positive as double) as top_10_share,
    cast("20" as double) / cast(positive as double) as top_20_share,
    cast("50" as double) / cast(positive as double) as top_50_share,
    cast(doubled as double) / (counted * cast(total as double))
    - (counted + 1) / cast(counted as double) as gini,
    cast(squares as double) / cast(positive as double) ** 2 as hhi,
    cast(largest as double) / cast(positive as double) as largest_customer_share,
    getvariable('as_of') as as_of_date
from summed
inner join tops using (basis, window_name);
