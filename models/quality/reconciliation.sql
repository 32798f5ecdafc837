{%- set checks = [
    ('order_lines_are_orders', 'lines gross', 'ordered_lines gross', 'other_lines gross'),
    ('orders_are_customer_days', 'orders gross', 'days gross', 'orders gross'),
    ('refunds_are_customer_days', 'refunds refunded', 'days refunded', 'refunds refunded'),
    ('customer_days_are_customers_gross', 'days gross', 'customers gross', none),
    ('customer_days_are_customers_net', 'days net', 'customers net', none),
    ('customer_days_are_customers_margin', 'days margin', 'customers margin', none),
    ('customers_are_cohorts_net', 'customers net', 'cohorts net',
     'customers_without_cohort net'),
    ('customers_are_cohorts_margin', 'customers margin', 'cohorts margin',
     'customers_without_cohort margin'),
    ('customer_days_are_retention_net', 'days net', 'retention net', 'early_days net'),
    ('customers_are_pareto_gross', 'customers gross', 'pareto gross', none),
    ('customers_are_pareto_net', 'customers net', 'pareto net', 'customers_without_orders net'),
    ('customers_are_pareto_margin', 'customers margin', 'pareto margin',
     'customers_without_orders margin'),
] %}

-- Orders and refunds stand with their fates: together they are the left side, those that are not
-- counted are what remains. Amounts of several currencies are never added.
with totals as (
    select * from {{ ref('int_quality__totals') }}
),

parameters as (
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
        concat_ws(' ', entity, source, file, batch_id) as scope,
        cast(null as varchar) as currency,
        'read' as left_name,
        cast(rows_read as decimal(28, 2)) as left_value,
        'accepted + rejected + filtered' as right_name,
        cast(rows_accepted + rows_rejected + rows_filtered as decimal(28, 2)) as right_value,
        cast(null as varchar) as remainder_name,
        cast(0 as decimal(28, 2)) as remainder
    from batches
),

checks as (
    {% for name, left, right, remainder in checks -%}
    select
        '{{ name }}' as check_name,
        '{{ left }}' as left_name,
        '{{ right }}' as right_name,
        {{ sql_text(remainder) }} as remainder_total
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

currencies as (
    select distinct currency from totals
),

amounts as (
    select
        checks.check_name,
        currencies.currency as scope,
        currencies.currency,
        checks.left_name,
        coalesce(sum(totals.amount) filter (totals.total_name = checks.left_name), 0) as left_value,
        checks.right_name,
        coalesce(sum(totals.amount) filter (totals.total_name = checks.right_name), 0)
            as right_value,
        string_agg(totals.remainder_name, ', ' order by totals.remainder_name) filter (
            totals.total_name = checks.remainder_total
        ) as remainder_name,
        coalesce(sum(totals.amount) filter (
            totals.total_name = checks.remainder_total and totals.remainder_name is not null
        ), 0) as remainder
    from checks
    cross join currencies
    cross join parameters
    left join totals
        on
            currencies.currency = totals.currency
            and totals.total_name in (checks.left_name, checks.right_name, checks.remainder_total)
    group by checks.check_name, checks.left_name, checks.right_name, currencies.currency
    -- Every check in the reporting currency, and in others where it has something to compare.
    having
        count(totals.total_name) > 0
        or currencies.currency = any_value(parameters.reporting_currency)
),

compared as (
    select * from rows_read
    union all
    select * from amounts
),

final as (
    select
        compared.check_name,
        compared.scope,
        compared.currency,
        compared.left_name,
        cast(compared.left_value as decimal(28, 2)) as left_value,
        compared.right_name,
        cast(compared.right_value as decimal(28, 2)) as right_value,
        compared.remainder_name,
        cast(compared.remainder as decimal(28, 2)) as remainder,
        cast(compared.left_value - compared.right_value - compared.remainder as decimal(28, 2))
            as difference,
        parameters.as_of_date
    from compared
    cross join parameters
)

select * from final
order by check_name, scope
