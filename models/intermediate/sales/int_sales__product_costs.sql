-- One row per product and span of days in which its cost held: [valid_from, valid_until). A product
-- without any known cost has one span of unknown cost.
with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

products as (
    select
        product_id,
        unit_cost,
        category,
        coalesce(valid_from, date '0001-01-01') as valid_from
    from {{ ref('stg_products') }}
),

-- The latest category by as_of_date; of a product that was listed later, the first.
categories as (
    select
        products.product_id,
        coalesce(
            arg_max(products.category, products.valid_from) filter (
                products.valid_from <= parameters.as_of_date
            ),
            arg_min(products.category, products.valid_from)
        ) as category
    from products
    cross join parameters
    group by products.product_id
),

-- Before its first known cost a product cost what it cost first.
costs as (
    select
        product_id,
        unit_cost,
        case
            when row_number() over (partition by product_id order by valid_from) = 1
                then date '0001-01-01'
            else valid_from
        end as valid_from,
        coalesce(
            lead(valid_from) over (partition by product_id order by valid_from), date '9999-12-31'
        ) as valid_until
    from products
    where unit_cost is not null
),

spans as (
    select
        categories.product_id,
        categories.category,
        costs.unit_cost,
        coalesce(costs.valid_from, date '0001-01-01') as valid_from,
        coalesce(costs.valid_until, date '9999-12-31') as valid_until
    from categories
    left join costs
        on categories.product_id = costs.product_id
)

select * from spans
