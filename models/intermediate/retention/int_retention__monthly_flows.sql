-- One row per month, cohort month and value of every dimension: all that retention and cohorts sum.
with customer_months as (
    select * from {{ ref('int_retention__customer_months') }}
),

profiles as (
    select
        customer_key,
        acquisition_channel,
        country,
        first_product_category
    from {{ ref('int_customers__profiles') }}
),

flows as (
    select
        customer_months.month,
        customer_months.cohort_month,
        profiles.acquisition_channel,
        profiles.country,
        profiles.first_product_category,
        count(*) filter (customer_months.is_active) as active_end,
        count(*) filter (customer_months.is_active and customer_months.was_active_before)
            as retained_customers,
        count(*) filter (
            customer_months.is_active
            and not customer_months.was_active_before
            and customer_months.month > customer_months.cohort_month
        ) as reactivated_customers,
        count(*) filter (
            not customer_months.is_active and customer_months.month = customer_months.cohort_month
        ) as lost_new_customers,
        sum(customer_months.orders) as orders,
        sum(customer_months.net_sales) as net_sales,
        sum(customer_months.net_sales_attributed) as net_sales_attributed,
        sum(customer_months.margin_attributed) as margin_attributed,
        coalesce(
            sum(customer_months.net_sales) filter (customer_months.is_active), 0
        ) as active_net_sales,
        coalesce(
            sum(greatest(customer_months.net_sales, 0)) filter (customer_months.is_active), 0
        ) as active_floored_net_sales,
        coalesce(
            sum(customer_months.net_sales) filter (customer_months.was_active_before), 0
        ) as followed_net_sales,
        coalesce(
            sum(
                least(
                    greatest(customer_months.net_sales, 0),
                    greatest(customer_months.previous_net_sales, 0)
                )
            ) filter (customer_months.was_active_before),
            0
        ) as kept_net_sales,
        coalesce(
            sum(customer_months.net_sales) filter (
                customer_months.month > customer_months.first_purchase_month
            ), 0
        ) as returning_net_sales,
        coalesce(
            sum(customer_months.net_sales) filter (
                customer_months.month >= customer_months.first_purchase_month
            ), 0
        ) as buyers_net_sales
    from customer_months
    inner join profiles
        on customer_months.customer_key = profiles.customer_key
    group by all
)

select * from flows
