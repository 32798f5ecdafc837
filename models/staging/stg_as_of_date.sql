{{ config(materialized='table') }}

-- One row: the day that this run describes. Staging asks it which versions were known by then, so
-- here landing is looked at itself, and the latest versions decide.
with asked as (
    select
        as_of_date,
        happened_until
    from {{ source('landing', '_run') }}
),

covered as (
    select max(covers_until) as covers_until from {{ source('landing', '_sources') }}
),

landed_orders as (
    select
        order_id,
        ordered_at,
        status,
        updated_at,
        _sequence,
        _row
    from {{ source('landing', 'orders') }}
),

orders as (
    {{ latest_versions('orders', key=['order_id'], has_updated_at=true, rows='landed_orders') }}
),

landed_contracts as (
    select
        contract_id,
        started_on,
        cancelled_on,
        updated_at,
        _sequence,
        _row
    from {{ source('landing', 'contracts') }}
),

contracts as (
    {{ latest_versions(
        'contracts', key=['contract_id'], has_updated_at=true, rows='landed_contracts'
    ) }}
),

sales as (
    select ordered_at
    from orders
    where status is distinct from 'cancelled'
    union all
    select ordered_at
    from {{ ref('stg_orders_of_lines') }}
),

-- An order of 2099 has not happened, and must not decide what today is.
last_orders as (
    select max(sales.ordered_at) as ordered_at
    from sales
    cross join asked
    where coalesce(sales.ordered_at < {{ end_of_day('asked.happened_until') }}, true)
),

last_days as (
    select
        (select {{ reporting_date('max(ordered_at)') }} from last_orders) as last_order_date,
        (
            select
                max(
                    greatest(
                        contracts.started_on,
                        {{ cancellation_known_on(
                            'contracts.cancelled_on', 'contracts.updated_at'
                        ) }}
                    )
                )
            from contracts
            cross join asked
            where coalesce(contracts.started_on <= asked.happened_until, true)
        ) as last_contract_date
),

found as (
    select
        coalesce(
            asked.as_of_date,
            covered.covers_until,
            last_days.last_order_date,
            last_days.last_contract_date
        ) as as_of_date
    from asked
    cross join covered
    cross join last_days
)

select
    as_of_date,
    {{ end_of_day('as_of_date') }} as as_of_end
from found
