-- One row per month and value of every dimension: customers whose first activity, first purchase
-- day or second purchase day fell into it.
with profiles as (
    select * from {{ ref('int_customers__profiles') }}
),

second_days as (
    select
        customer_key,
        sales_date as second_purchase_date
    from {{ ref('int_sales__customer_days') }}
    where is_purchase_day
    qualify row_number() over (partition by customer_key order by sales_date) = 2
),

firsts as (
    select
        profiles.acquisition_channel,
        profiles.country,
        profiles.first_product_category,
        {{ month_start('profiles.cohort_date') }} as cohort_month,
        {{ month_start('profiles.first_purchase_date') }} as first_purchase_month,
        {{ month_start('second_days.second_purchase_date') }} as second_purchase_month
    from profiles
    left join second_days
        on profiles.customer_key = second_days.customer_key
),

counted as (
    select
        acquisition_channel,
        country,
        first_product_category,
        cohort_month as month,
        count(*) as new_customers,
        0 as first_buyers,
        0 as second_buyers
    from firsts
    where cohort_month is not null
    group by all
    union all
    select
        acquisition_channel,
        country,
        first_product_category,
        first_purchase_month as month,
        0 as new_customers,
        count(*) as first_buyers,
        0 as second_buyers
    from firsts
    where first_purchase_month is not null
    group by all
    union all
    select
        acquisition_channel,
        country,
        first_product_category,
        second_purchase_month as month,
        0 as new_customers,
        0 as first_buyers,
        count(*) as second_buyers
    from firsts
    where second_purchase_month is not null
    group by all
),

newcomers as (
    select
        acquisition_channel,
        country,
        first_product_category,
        month,
        cast(sum(new_customers) as bigint) as new_customers,
        cast(sum(first_buyers) as bigint) as first_buyers,
        cast(sum(second_buyers) as bigint) as second_buyers
    from counted
    group by all
)

select * from newcomers
