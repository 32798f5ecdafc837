-- One row per customer with any day of sales: money of all time, of the trailing 365 days, and of
-- the two spans that are compared to find rising customers.
with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

first_days as (
    select
        profiles.customer_key,
        profiles.first_purchase_date,
        parameters.as_of_date,
        {{ earlier_span_from('profiles.first_purchase_date', 'parameters.as_of_date') }}
            as earlier_from,
        {{ later_span_from('profiles.first_purchase_date', 'parameters.as_of_date') }} as later_from
    from {{ ref('int_customers__profiles') }} as profiles
    cross join parameters
),

days as (
    select
        customer_days.*,
        first_days.first_purchase_date,
        customer_days.sales_date > {{ add_days('first_days.as_of_date', -365) }} as is_trailing,
        customer_days.sales_date >= first_days.later_from as is_later,
        customer_days.sales_date >= first_days.earlier_from
        and customer_days.sales_date < first_days.later_from as is_earlier
    from {{ ref('int_sales__customer_days') }} as customer_days
    inner join first_days
        on customer_days.customer_key = first_days.customer_key
),

summed as (
    select
        customer_key,
        {% for window_name, condition in [('all_time', 'true'), ('trailing_365d', 'is_trailing'),
                                          ('later', 'is_later'), ('earlier', 'is_earlier')] -%}
        {{ cents('sum(gross_sales) filter (' ~ condition ~ ')') }} as gross_sales_{{ window_name }},
        {{ cents('sum(net_sales_booked) filter (' ~ condition ~ ')') }}
            as net_sales_{{ window_name }},
        {{ cents('sum(margin_booked) filter (' ~ condition ~ ')') }}
            as contribution_margin_{{ window_name }},
        {% endfor -%}
        sum(orders) as orders,
        {{ cents('sum(discounts)') }} as discounts,
        {{ cents('sum(refunds_attributed)') }} as refunds,
        {{ cents('sum(net_sales_attributed)') }} as net_sales,
        {{ cents('sum(cost_of_goods_attributed)') }} as cost_of_goods,
        {{ cents('sum(other_costs - cost_to_serve)') }} as shipping_and_fees,
        {{ cents('sum(cost_to_serve)') }} as cost_to_serve,
        {{ cents('sum(margin_attributed)') }} as contribution_margin,
        bool_or(is_purchase_day and is_trailing) as has_trailing_purchase,
        bool_or(is_purchase_day) as has_purchase,
        count(*) filter (is_purchase_day and (is_earlier or is_later)) as compared_purchase_days
    from days
    group by customer_key
)

select * from summed
