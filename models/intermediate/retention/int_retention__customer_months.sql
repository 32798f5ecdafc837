-- One row per customer and month with a sale, a refund or a contract in force: active or not, and
-- the month before.
with profiles as (
    select
        customer_key,
        basis,
        cohort_date,
        {{ month_start('cohort_date') }} as cohort_month,
        {{ month_start('first_purchase_date') }} as first_purchase_month
    from {{ ref('int_customers__profiles') }}
),

sales as (
    select
        customer_key,
        {{ month_start('sales_date') }} as month,
        bool_or(is_purchase_day) as has_purchase,
        sum(orders) as orders,
        sum(net_sales_booked) as net_sales,
        sum(net_sales_attributed) as net_sales_attributed,
        sum(margin_attributed) as margin_attributed
    from {{ ref('int_sales__customer_days') }}
    group by customer_key, month
),

months as (
    select
        month,
        -- Of a month that still runs, the last day known.
        least(month_end, as_of_date) as month_end
    from {{ ref('int_run__months') }}
),

in_force as (
    select
        periods.customer_key,
        months.month,
        months.month_end between periods.in_force_from
        and coalesce(periods.in_force_until, date '9999-12-31') as is_in_force
    from {{ ref('int_contracts__periods') }} as periods
    inner join months
        on
            periods.in_force_from <= months.month_end
            and coalesce(periods.in_force_until, date '9999-12-31') >= months.month
),

contract_months as (
    select
        customer_key,
        month,
        bool_or(is_in_force) as is_in_force
    from in_force
    group by customer_key, month
),

joined as (
    select
        coalesce(sales.customer_key, contract_months.customer_key) as customer_key,
        coalesce(sales.month, contract_months.month) as month,
        coalesce(sales.has_purchase, false) as has_purchase,
        coalesce(contract_months.is_in_force, false) as is_in_force,
        coalesce(sales.orders, 0) as orders,
        coalesce(sales.net_sales, 0) as net_sales,
        coalesce(sales.net_sales_attributed, 0) as net_sales_attributed,
        coalesce(sales.margin_attributed, 0) as margin_attributed
    from sales
    full outer join contract_months
        on
            sales.customer_key = contract_months.customer_key
            and sales.month = contract_months.month
),

judged as (
    select
        joined.*,
        profiles.cohort_month,
        profiles.first_purchase_month,
        case
            when profiles.basis = 'contractual' then joined.is_in_force
            else joined.has_purchase
        end as is_active
    from joined
    inner join profiles
        on joined.customer_key = profiles.customer_key
),

followed as (
    select
        customer_key,
        month,
        cohort_month,
        first_purchase_month,
        is_active,
        cast(orders as integer) as orders,
        cast(net_sales as decimal(18, 2)) as net_sales,
        cast(net_sales_attributed as decimal(18, 2)) as net_sales_attributed,
        cast(margin_attributed as decimal(18, 2)) as margin_attributed,
        coalesce(
            lag(is_active) over by_month
            and lag(month) over by_month = {{ add_months('month', -1) }},
            false
        ) as was_active_before,
        lag(net_sales) over by_month as previous_net_sales
    from judged
    window by_month as (partition by customer_key order by month)
)

select * from followed
