-- One row per named total and fate: the amounts that the reconciliation compares. Each is summed
-- where it stands, never derived from another.
with lines as (
    select sum(cast(quantity * unit_price as decimal(18, 2))) as gross
    from {{ ref('stg_order_lines') }}
),

-- Lines whose order does not count, by why it does not.
order_amounts as (
    select
        case
            when orders.order_id is not null then null
            when headers.status = 'cancelled' then 'cancelled_order'
            when headers.order_id is not null then 'after_as_of_date'
            else 'unknown_or_later_order'
        end as fate,
        sum(order_amounts.line_amount) as gross
    from {{ ref('int_sales__order_amounts') }} as order_amounts
    left join {{ ref('int_sales__orders') }} as orders
        on order_amounts.order_id = orders.order_id
    left join {{ ref('stg_orders') }} as headers
        on order_amounts.order_id = headers.order_id
    group by fate
),

orders as (
    select
        order_fate as fate,
        sum(gross_sales) as gross
    from {{ ref('int_sales__orders') }}
    group by order_fate
),

refunds as (
    select
        refund_fate as fate,
        sum(amount) as refunded
    from {{ ref('int_sales__refunds') }}
    group by refund_fate
),

days as (
    select
        sum(gross_sales) as gross,
        sum(refunds_booked) as refunded,
        sum(net_sales_booked) as net,
        sum(margin_booked) as margin
    from {{ ref('int_sales__customer_days') }}
),

customers as (
    select
        sum(gross_sales) as gross,
        sum(net_sales) as net,
        sum(contribution_margin) as margin,
        sum(net_sales) filter (first_purchase_date is null) as net_without_orders,
        sum(contribution_margin) filter (first_purchase_date is null) as margin_without_orders,
        sum(net_sales) filter (
            first_purchase_date is null and first_contract_date is null
        ) as net_without_cohort,
        sum(contribution_margin) filter (
            first_purchase_date is null and first_contract_date is null
        ) as margin_without_cohort
    from {{ ref('customers') }}
),

cohorts as (
    select
        sum(net_sales) as net,
        sum(contribution_margin) as margin
    from {{ ref('cohorts') }}
    where dimension_name = 'all'
),

retention as (
    select sum(net_sales) as net
    from {{ ref('retention') }}
    where dimension_name = 'all' and period_grain = 'month'
),

first_months as (
    select min(month) as month
    from {{ ref('int_run__months') }}
    where is_reported
),

early_days as (
    select sum(customer_days.net_sales_booked) as net
    from {{ ref('int_sales__customer_days') }} as customer_days
    inner join first_months
        on customer_days.sales_date < first_months.month
),

pareto as (
    select
        sum(value) filter (basis = 'gross_sales') as gross,
        sum(value) filter (basis = 'net_sales') as net,
        sum(value) filter (basis = 'contribution_margin') as margin
    from {{ ref('pareto') }}
    where window_name = 'all_time'
),

totals as (
    {% for source, measures in {
        'lines': ['gross'],
        'days': ['gross', 'refunded', 'net', 'margin'],
        'customers': ['gross', 'net', 'margin'],
        'cohorts': ['net', 'margin'],
        'retention': ['net'],
        'pareto': ['gross', 'net', 'margin'],
    }.items() -%}
    {% for measure in measures -%}
    select
        '{{ source }} {{ measure }}' as total_name,
        cast(null as varchar) as remainder_name,
        {{ measure }} as amount
    from {{ source }}
    union all
    {% endfor -%}
    {% endfor -%}
    {% for measure in ['net', 'margin'] -%}
    {% for missing in ['orders', 'cohort'] -%}
    select
        'customers_without_{{ missing }} {{ measure }}' as total_name,
        'customers_without_orders' as remainder_name,
        {{ measure }}_without_{{ missing }} as amount
    from customers
    union all
    {% endfor -%}
    {% endfor -%}
    select
        'early_days net' as total_name,
        'before_first_period' as remainder_name,
        net as amount
    from early_days
    union all
    select
        case when fate is null then 'ordered_lines gross' else 'other_lines gross' end
            as total_name,
        fate as remainder_name,
        gross as amount
    from order_amounts
    union all
    select
        'orders gross' as total_name,
        nullif(fate, 'counted') as remainder_name,
        gross as amount
    from orders
    union all
    select
        'refunds refunded' as total_name,
        nullif(fate, 'counted') as remainder_name,
        refunded as amount
    from refunds
),

final as (
    select
        total_name,
        remainder_name,
        cast(coalesce(amount, 0) as decimal(28, 2)) as amount
    from totals
)

select * from final
