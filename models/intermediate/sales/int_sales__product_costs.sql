-- One row per product and span of days in which its cost held: [valid_from, valid_until).
with products as (
    select
        product_id,
        unit_cost,
        category,
        coalesce(valid_from, date '0001-01-01') as valid_from
    from {{ ref('stg_products') }}
),

spans as (
    select
        product_id,
        unit_cost,
        last_value(category) over (
            partition by product_id
            order by valid_from
            rows between unbounded preceding and unbounded following
        ) as category,
        -- Before its first known cost a product cost what it cost first.
        case
            when row_number() over (partition by product_id order by valid_from) = 1
                then date '0001-01-01'
            else valid_from
        end as valid_from,
        coalesce(
            lead(valid_from) over (partition by product_id order by valid_from), date '9999-12-31'
        ) as valid_until
    from products
)

select * from spans
