-- One row: the values that this run derives from its data, where nobody has pinned them. What comes
-- after as_of_date has no say in them.
with run as (
    select
        as_of_date,
        as_of_end
    from {{ ref('stg_as_of_date') }}
),

orders as (
    select
        stg_orders.ordered_at,
        coalesce(stg_orders.currency, of_lines.currency) as currency
    from {{ ref('stg_orders') }} as stg_orders
    left join {{ ref('stg_currencies_of_lines') }} as of_lines
        on stg_orders.order_id = of_lines.order_id
    where stg_orders.status is distinct from 'cancelled'
    union all
    select
        ordered_at,
        currency
    from {{ ref('stg_orders_of_lines') }}
),

sales as (
    select
        orders.ordered_at,
        orders.currency
    from orders
    inner join run
        on orders.ordered_at < run.as_of_end
),

contracts as (
    select
        contracts.started_on,
        contracts.currency
    from {{ ref('stg_contracts') }} as contracts
    inner join run
        on contracts.started_on <= run.as_of_date
),

first_days as (
    select
        (select {{ reporting_date('min(ordered_at)') }} from sales) as first_order_date,
        (select min(started_on) from contracts) as first_contract_date
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
    from contracts
    where currency is not null
    group by currency
    order by count(*) desc, currency asc
    limit 1
),

parameters as (
    select
        run.as_of_date,
        run.as_of_end,
        coalesce(
            cast({{ sql_text(var('data_start')) }} as date),
            first_days.first_order_date,
            first_days.first_contract_date
        ) as data_start,
        least(first_days.first_order_date, first_days.first_contract_date) as first_event_date,
        coalesce(
            upper(trim({{ sql_text(var('reporting_currency')) }})),
            (select sales_currencies.sales_currency from sales_currencies),
            (select contract_currencies.contract_currency from contract_currencies),
            'XXX'
        ) as reporting_currency
    from run
    cross join first_days
)

select * from parameters
