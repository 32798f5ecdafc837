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

percents as (
    {{ numbers(1, 100) }}
),

points as (
    select
        counted.basis,
        counted.window_name,
        cast(percents.number as integer) as percent_of_customers,
        counted.customer_number as customers,
        cast(counted.value_so_far as decimal(18, 2)) as cumulative_value,
        {{ share('counted.customer_number', 'counted.customers') }} as customer_share,
        {{ share('counted.value_so_far', 'counted.positive_value') }} as value_share,
        counted.as_of_date
    from counted
    inner join percents
        on counted.customer_number = ceil(counted.customers * percents.number / 100.0)
)

select * from points
order by basis, window_name, percent_of_customers
