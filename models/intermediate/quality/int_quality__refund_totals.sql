-- One row per check, currency and side: refunds as they came, converted, and on customer days.
with parameters as (
    select
        as_of_date,
        reporting_currency
    from {{ ref('int_run__parameters') }}
),

given_back as (
    select
        {{ currency_code(
            'coalesce(refunds.currency, foreign_orders.currency, parameters.reporting_currency)'
        ) }} as refund_currency,
        {{ reporting_date('refunds.refunded_at') }} > parameters.as_of_date as is_later,
        sum(cast(refunds.amount as decimal(18, 2))) as amount
    from {{ ref('stg_refunds') }} as refunds
    cross join parameters
    left join {{ ref('int_sales__foreign_orders') }} as foreign_orders
        on
            refunds.order_id = foreign_orders.order_id
            and parameters.as_of_date >= foreign_orders.order_date
    group by all
),

refunds as (
    select
        refunds.refund_fate as fate,
        {{ currency_code('refunds.refund_currency') }} as refund_currency,
        refunds.rate is not null or refunds.refund_currency = parameters.reporting_currency
            as is_converted,
        sum(refunds.source_amount) as amount,
        sum(refunds.amount) as converted
    from {{ ref('int_sales__refunds') }} as refunds
    cross join parameters
    group by all
),

days as (
    select coalesce(sum(refunds_booked), 0) as converted
    from {{ ref('int_sales__customer_days') }}
),

totals as (
    {% for side, total_name, source, condition in [
        ('left', "'refunds'", 'given_back', 'true'),
        ('right', "'refunds converted'", 'refunds', 'is_converted'),
        ('remainder', "'after_as_of_date'", 'given_back', 'is_later'),
        ('remainder', 'fate', 'refunds', 'not is_converted'),
    ] -%}
    select
        'refunds_are_converted' as check_name,
        'all' as scope,
        refund_currency as currency,
        '{{ side }}' as side,
        {{ total_name }} as total_name,
        amount
    from {{ source }}
    where {{ condition }}
    union all
    {% endfor -%}
    {% for side, total_name, source, condition in [
        ('left', "'refunds'", 'refunds', 'is_converted'),
        ('right', "'customer days'", 'days', 'true'),
        ('remainder', 'fate', 'refunds', "is_converted and fate != 'counted'"),
    ] -%}
    select
        'refunds_are_customer_days' as check_name,
        'all' as scope,
        parameters.reporting_currency as currency,
        '{{ side }}' as side,
        {{ total_name }} as total_name,
        {{ source }}.converted as amount
    from {{ source }}
    cross join parameters
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from totals
