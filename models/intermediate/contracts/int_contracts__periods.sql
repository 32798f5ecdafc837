-- One row per customer and unbroken span of days in force (contracts that touch are one span).
with contracts as (
    select
        customer_key,
        in_force_from,
        coalesce(in_force_until, date '9999-12-31') as in_force_until
    from {{ ref('int_contracts__in_force') }}
),

ordered as (
    select
        *,
        max(in_force_until) over (
            partition by customer_key
            order by in_force_from, in_force_until
            rows between unbounded preceding and 1 preceding
        ) as covered_until
    from contracts
),

numbered as (
    select
        *,
        sum(
            case
                when covered_until is null then 1
                when covered_until = date '9999-12-31' then 0
                when in_force_from > {{ add_days('covered_until', 1) }} then 1
                else 0
            end
        ) over (
            partition by customer_key
            order by in_force_from, in_force_until
            rows between unbounded preceding and current row
        ) as span_number
    from ordered
),

spans as (
    select
        customer_key,
        span_number,
        min(in_force_from) as in_force_from,
        max(in_force_until) as in_force_until
    from numbered
    group by customer_key, span_number
),

followed as (
    select
        customer_key,
        in_force_from,
        nullif(in_force_until, date '9999-12-31') as in_force_until,
        lead(in_force_from) over (
            partition by customer_key order by in_force_from
        ) as next_in_force_from,
        min(in_force_from) over (partition by customer_key) as first_in_force_from
    from spans
)

select * from followed
