-- One row per order with lines, of those up to as_of_date where a line has a time of its own. This
-- is the only place where lines are scanned.
with parameters as (
    select as_of_end from {{ ref('int_run__parameters') }}
),

lines as (
    select
        order_lines.order_id,
        order_lines.product_id,
        order_lines.quantity,
        order_lines.unit_price,
        order_lines.discount_amount,
        order_lines.unit_cost,
        order_lines.category,
        order_lines.currency
    from {{ ref('stg_order_lines') }} as order_lines
    cross join parameters
    where coalesce(order_lines.ordered_at < parameters.as_of_end, true)
),

headers as (
    select
        order_id,
        order_date,
        order_currency,
        rate
    from {{ ref('int_sales__order_headers') }}
),

costs as (
    select * from {{ ref('int_sales__product_costs') }}
),

amounts as (
    select
        lines.order_id,
        headers.rate,
        lines.quantity,
        cast(lines.quantity * lines.unit_price as decimal(18, 2)) as line_amount,
        {{ reporting_amount('lines.quantity * lines.unit_price', 'headers.rate') }} as gross_sales,
        {{ reporting_amount('coalesce(lines.discount_amount, 0)', 'headers.rate') }} as discounts,
        lines.unit_cost as line_unit_cost,
        costs.unit_cost as product_unit_cost,
        coalesce(lines.category, costs.category) as category,
        lines.currency != headers.order_currency as is_other_currency
    from lines
    -- Lines of cancelled, later or unknown orders stay, so that all lines can be accounted for.
    left join headers
        on lines.order_id = headers.order_id
    left join costs
        on
            lines.product_id = costs.product_id
            and headers.order_date >= costs.valid_from
            and headers.order_date < costs.valid_until
),

costed as (
    select
        order_id,
        line_amount,
        gross_sales,
        discounts,
        category,
        case
            when line_unit_cost is not null
                then {{ reporting_amount('quantity * line_unit_cost', 'rate') }}
            when product_unit_cost is not null
                then cast(quantity * product_unit_cost as decimal(18, 2))
            else {{ estimated_cost('gross_sales - discounts') }}
        end as cost_of_goods,
        -- Two flags in one number: every further aggregate over all lines is paid for.
        cast(
            case when line_unit_cost is null and product_unit_cost is null then 1 else 0 end
            + case when is_other_currency then 2 else 0 end
            as tinyint
        ) as flags
    from amounts
),

summed as (
    select
        order_id,
        cast(sum(line_amount) as decimal(18, 2)) as line_amount,
        cast(sum(gross_sales) as decimal(18, 2)) as gross_sales,
        cast(sum(discounts) as decimal(18, 2)) as discounts,
        cast(sum(cost_of_goods) as decimal(18, 2)) as cost_of_goods,
        bit_or(flags) % 2 = 1 as is_cost_estimated,
        bit_or(flags) >= 2 as has_mixed_currencies,
        -- The category of the largest line; of equal lines the first by name.
        arg_min_null(category, struct_pack(amount := -gross_sales, category := category))
            as largest_line_category
    from costed
    group by order_id
)

select * from summed
