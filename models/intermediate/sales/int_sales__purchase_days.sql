-- One row per customer and purchase day: its neighbours, and the gaps known up to it. The sums are
-- whole numbers, so that mean and deviation of the gaps come out the same on any number of threads.
with purchase_days as (
    select
        customer_key,
        sales_date as purchase_date
    from {{ ref('int_sales__customer_days') }}
    where is_purchase_day
),

neighbours as (
    select
        customer_key,
        purchase_date,
        cast(row_number() over by_day as integer) as purchase_number,
        lead(purchase_date) over by_day as next_purchase_date,
        first_value(purchase_date) over by_day as first_purchase_date,
        {{ days_between('lag(purchase_date) over by_day', 'purchase_date') }} as gap_days
    from purchase_days
    window by_day as (partition by customer_key order by purchase_date)
),

gaps as (
    select
        *,
        median(cast(gap_days as double)) over known as median_gap_days,
        sum(gap_days * gap_days) over known as sum_of_squared_gaps
    from neighbours
    window known as (
        partition by customer_key order by purchase_date rows unbounded preceding
    )
)

select * from gaps
