with customer_values as (
    select
        basis,
        window_name,
        value,
        as_of_date
    from {{ ref('pareto') }}
),

-- Counted one by one: which of two equal customers comes first changes no sum.
counted as (
    select
        *,
        row_number() over by_value as customer_number,
        sum(greatest(value, 0)) over (
            partition by basis, window_name
            order by value desc
            rows between unbounded preceding and current row
        ) as value_so_far,
        count(*) over (partition by basis, window_name) as customers,
        sum(greatest(value, 0)) over (partition by basis, window_name) as positive_value
    from customer_values
    window by_value as (partition by basis, window_name order by value desc)
),

-- Non-negative values in ascending order, for the Gini coefficient.
ascending as (
    select
        basis,
        window_name,
        value,
        row_number() over (partition by basis, window_name order by value) as place
    from customer_values
    where value >= 0
),

ginis as (
    select
        basis,
        window_name,
        -- The numerator is summed exactly: of equal values it is 0 and never a little below.
        case
            when sum(value) > 0
                then
                    cast(
                        2 * sum(place * cast(value as decimal(28, 2)))
                        - (count(*) + 1) * cast(sum(value) as decimal(28, 2)) as double
                    )
                    / (count(*) * cast(sum(value) as double))
        end as gini
    from ascending
    group by basis, window_name
),

summed as (
    select
        basis,
        window_name,
        max(as_of_date) as as_of_date,
        count(*) as customers,
        sum(value) as value,
        max(positive_value) as positive_value,
        min(customer_number) filter (
            value_so_far >= 0.80 * positive_value and positive_value > 0
        ) as customers_for_80,
        {% for percent in [1, 5, 10, 20, 50] -%}
        max(value_so_far) filter (customer_number = ceil(customers * {{ percent }} / 100.0))
            as top_{{ percent }}_value,
        {% endfor -%}
        cast(max(positive_value) as decimal(18, 2))
        * cast(max(positive_value) as decimal(18, 2)) as positive_squared,
        max(value) as largest_value,
        -- Squares of cents are exact, so that neither the order of rows nor one customer who is
        -- everything (1, never a little above) can show.
        sum(cast(greatest(value, 0) as decimal(18, 2)) * cast(greatest(value, 0) as decimal(18, 2)))
            as squared_value
    from counted
    group by basis, window_name
),

final as (
    select
        summed.basis,
        summed.window_name,
        summed.customers,
        cast(summed.value as decimal(18, 2)) as value,
        summed.customers_for_80,
        {{ share('summed.customers_for_80', 'summed.customers') }} as customer_share_for_80,
        {% for percent in [1, 5, 10, 20, 50] -%}
        {{ share('summed.top_' ~ percent ~ '_value', 'summed.positive_value') }}
            as top_{{ percent }}_share,
        {% endfor -%}
        ginis.gini,
        cast(summed.squared_value as double)
        / nullif(cast(summed.positive_squared as double), 0) as hhi,
        {{ share('summed.largest_value', 'summed.positive_value') }} as largest_customer_share,
        summed.as_of_date
    from summed
    left join ginis
        on summed.basis = ginis.basis and summed.window_name = ginis.window_name
)

select * from final
order by basis, window_name
