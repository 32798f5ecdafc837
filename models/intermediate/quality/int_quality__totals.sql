-- One row per named total, fate and currency: the amounts that the reconciliation compares. Each is
-- summed where it stands, never derived from another.
with parameters as (
    select reporting_currency from {{ ref('int_run__parameters') }}
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
),

final as (
    select
        totals.total_name,
        totals.remainder_name,
        parameters.reporting_currency as currency,
        cast(coalesce(totals.amount, 0) as decimal(28, 2)) as amount
    from totals
    cross join parameters
    union all
    select
        total_name,
        remainder_name,
        currency,
        amount
    from {{ ref('int_quality__fates') }}
)

select * from final
