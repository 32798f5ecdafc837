-- One row per billing day of a contract whose customer places no orders: an implied order.
with parameters as (
    select
        as_of_date,
        reporting_currency
    from {{ ref('int_run__parameters') }}
),

buyers as (
    select distinct customer_key
    from {{ ref('int_sales__order_headers') }}
    where customer_key is not null
),

contracts as (
    select
        *,
        case billing_period
            when 'month' then 1
            when 'quarter' then 3
            when 'year' then 12
        end as months_between_bills
    from {{ ref('int_contracts__in_force') }}
    where
        recurring_amount is not null
        and customer_key not in (select buyers.customer_key from buyers)
),

-- No contract is older than the first month, so none has more bills than there are months.
counted as (
    select row_number() over (order by period_start) - 1 as number
    from {{ ref('int_run__periods') }}
    where period_grain = 'month'
),

dated as (
    select
        contracts.contract_id,
        contracts.customer_key,
        contracts.in_force_until,
        contracts.recurring_amount,
        contracts.currency,
        {{ add_months(
            'contracts.in_force_from', 'counted.number * contracts.months_between_bills'
        ) }} as billed_on
    from contracts
    cross join counted
),

bills as (
    select
        dated.contract_id,
        dated.customer_key,
        dated.recurring_amount,
        dated.billed_on,
        parameters.reporting_currency,
        coalesce(dated.currency, parameters.reporting_currency) as currency
    from dated
    cross join parameters
    where
        dated.billed_on <= parameters.as_of_date
        and coalesce(dated.billed_on <= dated.in_force_until, true)
),

amounts as (
    select
        bills.*,
        rates.rate,
        bills.currency = bills.reporting_currency or rates.rate is not null as is_convertible,
        {{ reporting_amount('bills.recurring_amount', 'rates.rate') }} as gross_sales
    from bills
    left join {{ ref('int_run__daily_rates') }} as rates
        on
            bills.currency = rates.currency
            and bills.billed_on = rates.rate_date
            and bills.currency != bills.reporting_currency
),

billings as (
    select
        'contract ' || contract_id || ' ' || cast(billed_on as varchar) as order_id,
        customer_key,
        cast(billed_on as timestamp with time zone) as ordered_at,
        billed_on as order_date,
        cast(null as varchar) as country,
        currency as order_currency,
        rate,
        cast(recurring_amount as decimal(18, 2)) as source_gross_sales,
        cast(null as varchar) as largest_line_category,
        gross_sales,
        cast(0 as decimal(18, 2)) as discounts,
        {{ estimated_cost('gross_sales') }} as cost_of_goods,
        true as is_cost_estimated,
        cast(0 as decimal(18, 2)) as shipping_cost,
        cast(0 as decimal(18, 2)) as payment_fees,
        gross_sales = 0 as is_zero_value,
        case when is_convertible then 'counted' else 'no_exchange_rate' end as order_fate
    from amounts
)

select * from billings
