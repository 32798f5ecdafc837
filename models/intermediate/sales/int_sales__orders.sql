-- One row per order up to as_of_date, billing days of contracts included.
with headers as (
    select * from {{ ref('int_sales__order_headers') }}
),

line_amounts as (
    select * from {{ ref('int_sales__order_amounts') }}
),

priced as (
    select
        headers.order_id,
        headers.customer_key,
        headers.is_test,
        headers.is_convertible,
        headers.ordered_at,
        headers.order_date,
        headers.country,
        headers.sales_channel,
        headers.has_coupon,
        headers.order_currency,
        line_amounts.order_id is not null as has_lines,
        coalesce(
            line_amounts.line_amount, cast(coalesce(headers.gross_amount, 0) as decimal(18, 2))
        ) as source_gross_sales,
        line_amounts.largest_line_category,
        coalesce(
            line_amounts.gross_sales,
            {{ reporting_amount('coalesce(headers.gross_amount, 0)', 'headers.rate') }}
        ) as gross_sales,
        coalesce(line_amounts.discounts, 0)
        + {{ reporting_amount('headers.discount_amount', 'headers.rate') }} as discounts,
        line_amounts.cost_of_goods,
        coalesce(line_amounts.is_cost_estimated, true) as is_cost_estimated,
        coalesce(line_amounts.has_mixed_currencies, false) as has_mixed_currencies,
        {{ reporting_amount('headers.shipping_cost_amount', 'headers.rate') }} as shipping_cost,
        {{ reporting_amount('headers.payment_fee_amount', 'headers.rate') }} as payment_fees,
        headers.rate
    from headers
    left join line_amounts
        on headers.order_id = line_amounts.order_id
),

-- What cannot be converted undoes nothing: amounts of several currencies never add up.
same_day_refunds as (
    select
        order_id,
        refund_date,
        sum(amount) as amount
    from {{ ref('int_sales__refund_amounts') }}
    where order_id is not null and is_convertible
    group by order_id, refund_date
),

judged as (
    select
        priced.order_id,
        priced.customer_key,
        priced.ordered_at,
        priced.order_date,
        priced.country,
        priced.sales_channel,
        priced.has_coupon,
        priced.order_currency,
        priced.rate,
        priced.has_lines,
        priced.source_gross_sales,
        priced.largest_line_category,
        priced.gross_sales,
        priced.discounts,
        coalesce(
            priced.cost_of_goods, {{ estimated_cost('priced.gross_sales - priced.discounts') }}
        ) as cost_of_goods,
        priced.is_cost_estimated,
        priced.shipping_cost,
        priced.payment_fees,
        priced.gross_sales = 0 as is_zero_value,
        case
            when priced.has_mixed_currencies then 'mixed_currencies'
            when not priced.is_convertible then 'no_exchange_rate'
            when priced.is_test then 'test_customer'
            when
                priced.gross_sales - priced.discounts > 0
                and same_day_refunds.amount >= priced.gross_sales - priced.discounts
                then 'undone_same_day'
            when priced.customer_key is null then 'no_customer'
            else 'counted'
        end as order_fate
    from priced
    left join same_day_refunds
        on
            priced.order_id = same_day_refunds.order_id
            and priced.order_date = same_day_refunds.refund_date
),

with_billings as (
    select * from judged
    union all by name
    select
        order_id,
        customer_key,
        ordered_at,
        order_date,
        country,
        false as has_coupon,
        order_currency,
        rate,
        false as has_lines,
        source_gross_sales,
        largest_line_category,
        gross_sales,
        discounts,
        cost_of_goods,
        is_cost_estimated,
        shipping_cost,
        payment_fees,
        is_zero_value,
        order_fate
    from {{ ref('int_contracts__billings') }}
)

select * from with_billings
