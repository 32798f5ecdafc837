-- The curve at every whole percent of customers, largest first.
with counted as (
    select
        basis,
        window_name,
        as_of_date,
        value,
        row_number() over by_value as customer_number,
        sum(value) over (
            partition by basis, window_name
            order by value desc
            rows between unbounded preceding and current row
        ) as value_so_far,
        count(*) over (partition by basis, window_name) as customers,
        sum(greatest(value, 0)) over (partition by basis, window_name) as positive_value
    from {{ ref('pareto') }}
    window by_value as (partition by basis, window_name order by value desc)
),

sizes as (
    select
        basis,
        window_name,
        count(*) as customers
    from {{ ref('pareto') }}
    group by basis, window_name
),

percents as (
    {{ numbers(1, 100) }}
),

places as (
    select
        sizes.basis,
        sizes.window_name,
        percents.number as percent_of_customers,
        cast(ceil(sizes.customers * percents.number / 100.0) as bigint) as customer_number
    from sizes
    cross join percents
),

points as (
    select
        counted.basis,
        counted.window_name,
        places.percent_of_customers,
        counted.customer_number as customers,
        cast(counted.value_so_far as decimal(18, 2)) as cumulative_value,
        {{ share('counted.customer_number', 'counted.customers') }} as customer_share,
        {{ share('counted.value_so_far', 'counted.positive_value') }} as value_share,
        counted.as_of_date
    from counted
    inner join places
        on
            counted.basis = places.basis
            and counted.window_name = places.window_name
            and counted.customer_number = places.customer_number
)

select * from points
order by basis, window_name, percent_of_customers
