-- One row per check: both sides, what is named between them, and the difference, which must be 0.
with parameters as (
    select
        as_of_date,
        reporting_currency
    from {{ ref('int_run__parameters') }}
),

batches as (
    select * from {{ source('landing', '_batches') }}
),

rows_read as (
    select
        'rows_read' as check_name,
        entity || ' ' || source || ' ' || file || ' ' || batch_id as scope,
        cast(null as varchar) as currency,
        'read' as left_name,
        cast(rows_read as decimal(28, 2)) as left_value,
        'accepted + rejected + filtered' as right_name,
        cast(rows_accepted + rows_rejected + rows_filtered as decimal(28, 2)) as right_value,
        cast(null as varchar) as remainder_name,
        cast(0 as decimal(28, 2)) as remainder
    from batches
),

line_sums as (
    select sum(cast(quantity * unit_price as decimal(18, 2))) as gross
    from {{ ref('stg_order_lines') }}
),

amount_sums as (
    select sum(line_amount) as gross from {{ ref('int_sales__order_amounts') }}
),

order_sums as (
    select
        order_fate,
        sum(gross_sales) as gross,
        sum(discounts) as discounts
    from {{ ref('int_sales__orders') }}
    group by order_fate
),

refund_sums as (
    select
        refund_fate,
        sum(amount) as refunds
    from {{ ref('int_sales__refunds') }}
    group by refund_fate
),

day_sums as (
    select
        sum(gross_sales) as gross,
        sum(discounts) as discounts,
        sum(refunds_booked) as refunds,
        sum(net_sales_booked) as net,
        sum(margin_booked) as margin
    from {{ ref('int_sales__customer_days') }}
),

customer_sums as (
    select
        sum(gross_sales) as gross,
        sum(net_sales) as net,
        sum(contribution_margin) as margin,
        coalesce(sum(net_sales) filter (first_purchase_date is null), 0) as net_without_orders,
        coalesce(sum(contribution_margin) filter (first_purchase_date is null), 0)
            as margin_without_orders,
        coalesce(
            sum(net_sales) filter (first_purchase_date is null and first_contract_date is null), 0
        ) as net_without_cohort,
        coalesce(
            sum(contribution_margin) filter (
                first_purchase_date is null and first_contract_date is null
            ), 0
        ) as margin_without_cohort
    from {{ ref('customers') }}
),

cohort_sums as (
    select
        sum(net_sales) as net,
        sum(contribution_margin) as margin
    from {{ ref('cohorts') }}
    where dimension_name = 'all'
),

retention_sums as (
    select sum(net_sales) as net
    from {{ ref('retention') }}
    where dimension_name = 'all' and period_grain = 'month'
),

early_sums as (
    select coalesce(sum(days.net_sales_booked), 0) as net
    from {{ ref('int_sales__customer_days') }} as days
    where days.sales_date < (select min(period_start) from {{ ref('retention') }})
),

pareto_sums as (
    select
        basis,
        sum(value) as value
    from {{ ref('pareto') }}
    where window_name = 'all_time'
    group by basis
),

amounts as (
    select
        'order_lines_are_orders' as check_name,
        'order lines, gross, as given' as left_name,
        line_sums.gross as left_value,
        'orders with lines' as right_name,
        amount_sums.gross as right_value,
        cast(null as varchar) as remainder_name,
        0 as remainder
    from line_sums
    cross join amount_sums
    union all
    select
        'orders_are_customer_days',
        'orders, gross',
        (select sum(gross) from order_sums),
        'customer days, gross',
        day_sums.gross,
        (
            select string_agg(order_fate || ' ' || gross, ', ' order by order_fate)
            from order_sums
            where order_fate != 'counted'
        ),
        (select coalesce(sum(gross), 0) from order_sums where order_fate != 'counted')
    from day_sums
    union all
    select
        'refunds_are_customer_days',
        'refunds',
        (select sum(refunds) from refund_sums),
        'customer days, refunds booked',
        day_sums.refunds,
        (
            select string_agg(refund_fate || ' ' || refunds, ', ' order by refund_fate)
            from refund_sums
            where refund_fate != 'counted'
        ),
        (select coalesce(sum(refunds), 0) from refund_sums where refund_fate != 'counted')
    from day_sums
    {% for measure in ['gross', 'net', 'margin'] -%}
    union all
    select
        'customer_days_are_customers_{{ measure }}',
        'customer days',
        day_sums.{{ measure }},
        'customers',
        customer_sums.{{ measure }},
        null,
        0
    from day_sums
    cross join customer_sums
    {% endfor -%}
    {% for measure in ['net', 'margin'] -%}
    union all
    select
        'customers_are_cohorts_{{ measure }}',
        'customers',
        customer_sums.{{ measure }},
        'cohorts',
        cohort_sums.{{ measure }},
        'customers_without_orders',
        customer_sums.{{ measure }}_without_cohort
    from customer_sums
    cross join cohort_sums
    {% endfor -%}
    union all
    select
        'customer_days_are_retention_net',
        'customer days',
        day_sums.net,
        'retention flows',
        retention_sums.net,
        'before_first_period',
        early_sums.net
    from day_sums
    cross join retention_sums
    cross join early_sums
    {% for measure, basis, remainder in [
        ('gross', 'gross_sales', '0'),
        ('net', 'net_sales', 'customer_sums.net_without_orders'),
        ('margin', 'contribution_margin', 'customer_sums.margin_without_orders'),
    ] -%}
    union all
    select
        'customers_are_pareto_{{ measure }}',
        'customers',
        customer_sums.{{ measure }},
        'pareto, all time',
        (select value from pareto_sums where basis = '{{ basis }}'),
        'customers_without_orders',
        {{ remainder }}
    from customer_sums
    {% endfor %}
),

checks as (
    select * from rows_read
    union all
    select
        amounts.check_name,
        'all' as scope,
        parameters.reporting_currency as currency,
        amounts.left_name,
        cast(coalesce(amounts.left_value, 0) as decimal(28, 2)) as left_value,
        amounts.right_name,
        cast(coalesce(amounts.right_value, 0) as decimal(28, 2)) as right_value,
        amounts.remainder_name,
        cast(amounts.remainder as decimal(28, 2)) as remainder
    from amounts
    cross join parameters
),

final as (
    select
        checks.check_name,
        checks.scope,
        checks.currency,
        checks.left_name,
        checks.left_value,
        checks.right_name,
        checks.right_value,
        checks.remainder_name,
        checks.remainder,
        cast(checks.left_value - checks.right_value - checks.remainder as decimal(28, 2))
            as difference,
        parameters.as_of_date
    from checks
    cross join parameters
)

select * from final
order by check_name, scope
