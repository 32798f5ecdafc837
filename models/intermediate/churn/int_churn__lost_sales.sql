-- One row per episode: net sales of the 365 days up to the last purchase day before it.
with episodes as (
    select
        customer_key,
        churned_at
    from {{ ref('int_churn__episodes') }}
),

days as (
    select
        customer_key,
        sales_date,
        is_purchase_day,
        sum(net_sales_booked) over (
            partition by customer_key
            order by sales_date
            range between interval 364 days preceding and current row
        ) as trailing_net_sales
    from {{ ref('int_sales__customer_days') }}
    qualify is_purchase_day
),

lost as (
    select
        episodes.customer_key,
        episodes.churned_at,
        days.trailing_net_sales as lost_net_sales
    from episodes
    asof left join days
        on
            episodes.customer_key = days.customer_key
            and episodes.churned_at >= days.sales_date
)

select * from lost
