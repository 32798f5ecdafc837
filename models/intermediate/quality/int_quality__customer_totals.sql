{%- set sides = [
    ('customer_days_are_customers_gross', 'left', 'customer days', 'customer_days.gross'),
    ('customer_days_are_customers_gross', 'right', 'customers', 'customers.gross'),
    ('customer_days_are_customers_net', 'left', 'customer days', 'customer_days.net'),
    ('customer_days_are_customers_net', 'right', 'customers', 'customers.net'),
    ('customer_days_are_customers_margin', 'left', 'customer days', 'customer_days.margin'),
    ('customer_days_are_customers_margin', 'right', 'customers', 'customers.margin'),
    ('customers_are_cohorts_net', 'left', 'customers', 'customers.net'),
    ('customers_are_cohorts_net', 'right', 'cohorts', 'cohorts.net'),
    ('customers_are_cohorts_net', 'remainder',
     'customers_without_orders', 'customers.net_no_cohort'),
    ('customers_are_cohorts_margin', 'left', 'customers', 'customers.margin'),
    ('customers_are_cohorts_margin', 'right', 'cohorts', 'cohorts.margin'),
    ('customers_are_cohorts_margin', 'remainder',
     'customers_without_orders', 'customers.margin_no_cohort'),
    ('customer_days_are_retention_net', 'left', 'customer days', 'customer_days.net'),
    ('customer_days_are_retention_net', 'right', 'retention', 'retention.net'),
    ('customer_days_are_retention_net', 'remainder', 'before_first_period', 'early_days.net'),
    ('customers_are_pareto_gross', 'left', 'customers', 'customers.gross'),
    ('customers_are_pareto_gross', 'right', 'pareto', 'pareto.gross'),
    ('customers_are_pareto_net', 'left', 'customers', 'customers.net'),
    ('customers_are_pareto_net', 'right', 'pareto', 'pareto.net'),
    ('customers_are_pareto_net', 'remainder',
     'customers_without_orders', 'customers.net_no_orders'),
    ('customers_are_pareto_margin', 'left', 'customers', 'customers.margin'),
    ('customers_are_pareto_margin', 'right', 'pareto', 'pareto.margin'),
    ('customers_are_pareto_margin', 'remainder',
     'customers_without_orders', 'customers.margin_no_orders'),
] %}

-- One row per check and side: customer days, and the marts that are made of them.
with parameters as (
    select reporting_currency from {{ ref('int_run__parameters') }}
),

customer_days as (
    select
        sum(gross_sales) as gross,
        sum(net_sales_booked) as net,
        sum(margin_booked) as margin
    from {{ ref('int_sales__customer_days') }}
),

customers as (
    select
        sum(gross_sales) as gross,
        sum(net_sales) as net,
        sum(contribution_margin) as margin,
        sum(net_sales) filter (first_purchase_date is null) as net_no_orders,
        sum(contribution_margin) filter (first_purchase_date is null) as margin_no_orders,
        sum(net_sales) filter (
            first_purchase_date is null and first_contract_date is null
        ) as net_no_cohort,
        sum(contribution_margin) filter (
            first_purchase_date is null and first_contract_date is null
        ) as margin_no_cohort
    from {{ ref('customers') }}
),

cohorts as (
    select
        sum(net_sales) as net,
        sum(contribution_margin) as margin
    from {{ ref('cohorts') }}
    where dimension_name = 'all' and cohort_grain = 'month'
),

retention as (
    select sum(net_sales) as net
    from {{ ref('retention') }}
    where dimension_name = 'all' and period_grain = 'month'
),

first_months as (
    select min(period_start) as month
    from {{ ref('int_run__periods') }}
    where is_reported and period_grain = 'month'
),

early_days as (
    select sum(customer_days.net_sales_booked) as net
    from {{ ref('int_sales__customer_days') }} as customer_days
    -- Before the first order there is no period yet: everything is before it.
    inner join first_months
        on coalesce(customer_days.sales_date < first_months.month, true)
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
    {% for check_name, side, total_name, total in sides -%}
    select
        '{{ check_name }}' as check_name,
        'all' as scope,
        parameters.reporting_currency as currency,
        '{{ side }}' as side,
        '{{ total_name }}' as total_name,
        {{ total }} as amount
    from {{ total.split('.')[0] }}
    cross join parameters
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from totals
