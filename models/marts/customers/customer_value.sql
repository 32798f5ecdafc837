with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

profiles as (
    select
        customer_key,
        customer_id,
        first_purchase_date,
        last_purchase_date,
        purchase_days
    from {{ ref('int_customers__profiles') }}
    where first_purchase_date is not null
),

repeat_days as (
    select
        customer_days.customer_key,
        sum(customer_days.gross_sales - customer_days.discounts) as repeat_value,
        count(*) as repeat_days
    from {{ ref('int_sales__customer_days') }} as customer_days
    inner join profiles
        on customer_days.customer_key = profiles.customer_key
    where
        customer_days.is_purchase_day
        and customer_days.sales_date > profiles.first_purchase_date
    group by customer_days.customer_key
),

final as (
    select
        profiles.customer_key,
        profiles.customer_id,
        cast(profiles.purchase_days - 1 as integer) as frequency_x,
        {{ days_between('profiles.first_purchase_date', 'profiles.last_purchase_date') }}
        / cast(7 as double) as recency_t_x,
        {{ days_between('profiles.first_purchase_date', 'parameters.as_of_date') }}
        / cast(7 as double) as age_t,
        cast(repeat_days.repeat_value as double) / repeat_days.repeat_days as monetary_m,
        -- What only a trusted value model can say.
        cast(null as double) as probability_alive,
        cast(null as double) as expected_purchases_30d,
        cast(null as double) as expected_purchases_90d,
        cast(null as double) as expected_purchases_365d,
        cast(null as double) as predicted_margin_365d,
        false as is_trusted,
        parameters.as_of_date
    from profiles
    cross join parameters
    left join repeat_days
        on profiles.customer_key = repeat_days.customer_key
)

select * from final
order by customer_key
