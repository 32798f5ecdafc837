-- One row per customer known by as_of_date (who is not a test): the value of each dimension and
-- what decides basis and cohort. Nobody here depends on the order of rows: ties go to the smallest
-- order_id.
with customers as (
    select
        customer_id,
        customer_key,
        is_in_crm
    from {{ ref('int_customers__without_tests') }}
),

crm as (
    select
        customer_id,
        acquisition_channel,
        country,
        customer_type,
        service_tier,
        manager_id,
        company_name is not null as has_company_name
    from {{ ref('stg_customers') }}
),

orders as (
    select * from {{ ref('int_sales__orders') }}
    where order_fate = 'counted'
),

first_times as (
    select
        customer_key,
        min(ordered_at) as ordered_at
    from orders
    group by customer_key
),

first_orders as (
    select
        orders.customer_key,
        min(orders.order_date) as first_order_date,
        arg_min_null(orders.country, orders.order_id) as country,
        arg_min_null(orders.largest_line_category, orders.order_id) as category
    from orders
    inner join first_times
        on
            orders.customer_key = first_times.customer_key
            and orders.ordered_at = first_times.ordered_at
    group by orders.customer_key
),

contracts as (
    select
        customer_key,
        min(in_force_from) as first_contract_date
    from {{ ref('int_contracts__in_force') }}
    group by customer_key
),

days as (
    select
        customer_key,
        min(sales_date) filter (is_purchase_day) as first_purchase_date,
        max(sales_date) filter (is_purchase_day) as last_purchase_date,
        count(*) filter (is_purchase_day) as purchase_days,
        min(sales_date) as first_event_date
    from {{ ref('int_sales__customer_days') }}
    group by customer_key
),

seen as (
    select customer_id from {{ ref('int_customers__seen') }}
),

profiles as (
    select
        customers.customer_key,
        customers.customer_id,
        crm.manager_id,
        days.first_purchase_date,
        days.last_purchase_date,
        contracts.first_contract_date,
        cast(coalesce(days.purchase_days, 0) as integer) as purchase_days,
        coalesce(crm.acquisition_channel, 'unknown') as acquisition_channel,
        coalesce(crm.country, first_orders.country, 'unknown') as country,
        coalesce(
            crm.customer_type, case when crm.has_company_name then 'company' end, 'unknown'
        ) as customer_type,
        coalesce(first_orders.category, 'unknown') as first_product_category,
        coalesce(crm.service_tier, 'unknown') as service_tier,
        case when contracts.customer_key is null then 'transactional' else 'contractual' end
            as basis,
        coalesce(contracts.first_contract_date, days.first_purchase_date) as cohort_date
    from customers
    -- A condition on the left side beside the keys would make DuckDB compare each with each.
    left join crm
        on case when customers.is_in_crm then customers.customer_id end = crm.customer_id
    left join first_orders
        on customers.customer_key = first_orders.customer_key
    left join contracts
        on customers.customer_key = contracts.customer_key
    left join days
        on customers.customer_key = days.customer_key
    left join seen
        on customers.customer_id = seen.customer_id
    -- Who first appears after as_of_date is not known yet.
    where
        days.customer_key is not null
        or contracts.customer_key is not null
        or seen.customer_id is not null
        or customers.is_in_crm
)

select * from profiles
