-- One row: the values that this run derives from its data, where nobody has pinned them.
with asked as (
    select as_of_date from {{ source('landing', '_run') }}
),

covered as (
    select max(covers_until) as covers_until from {{ source('landing', '_sources') }}
),

-- Orders that are known by their lines alone.
line_orders as (
    select
        order_id,
        min(ordered_at) as ordered_at,
        min(currency) as currency
    from {{ ref('stg_order_lines') }}
    where
        ordered_at is not null
        and order_id not in (select orders.order_id from {{ ref('stg_orders') }} as orders)
    group by order_id
),

sales as (
    select
        ordered_at,
        currency
    from {{ ref('stg_orders') }}
    where status is distinct from 'cancelled'
    union all
    select
        ordered_at,
        currency
    from line_orders
),

sales_days as (
    select
        {{ reporting_date('min(ordered_at)') }} as first_day,
        {{ reporting_date('max(ordered_at)') }} as last_day
    from sales
),

contract_days as (
    select
        min(started_on) as first_day,
        max(greatest(started_on, coalesce(cancelled_on, started_on))) as last_day
    from {{ ref('stg_contracts') }}
),

-- Of two currencies used equally often the first by name.
sales_currencies as (
    select currency as sales_currency
    from sales
    where currency is not null
    group by currency
    order by count(*) desc, currency asc
    limit 1
),

contract_currencies as (
    select currency as contract_currency
    from {{ ref('stg_contracts') }}
    where currency is not null
    group by currency
    order by count(*) desc, currency asc
    limit 1
),

parameters as (
    select
        coalesce(
            asked.as_of_date, covered.covers_until, sales_days.last_day, contract_days.last_day
        ) as as_of_date,
        coalesce(
            cast({{ sql_text(var('data_start')) }} as date),
            sales_days.first_day,
            contract_days.first_day
        ) as data_start,
        least(sales_days.first_day, contract_days.first_day) as first_event_date,
        coalesce(
            {{ sql_text(var('reporting_currency')) }},
            (select sales_currencies.sales_currency from sales_currencies),
            (select contract_currencies.contract_currency from contract_currencies),
            'XXX'
        ) as reporting_currency
    from asked
    cross join covered
    cross join sales_days
    cross join contract_days
)

select * from parameters
