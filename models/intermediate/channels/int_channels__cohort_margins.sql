{%- set ages = [30, 90, 180, 365] %}

-- One row per acquisition channel, cohort month and month since: the margin that came in, and the
-- parts of it that came within so many days after each customer's own first day. What came before
-- that day belongs to month 0.
with customers as (
    select
        customer_key,
        acquisition_channel,
        cohort_date
    from {{ ref('int_customers__profiles') }}
    where cohort_date is not null
),

days as (
    select
        customers.acquisition_channel,
        {{ month_start('customers.cohort_date') }} as cohort_month,
        greatest({{ months_between('customers.cohort_date', 'customer_days.sales_date') }}, 0)
            as months_since,
        {{ days_between('customers.cohort_date', 'customer_days.sales_date') }} as age_days,
        customer_days.margin_attributed
    from {{ ref('int_sales__customer_days') }} as customer_days
    inner join customers
        on customer_days.customer_key = customers.customer_key
),

summed as (
    select
        acquisition_channel,
        cohort_month,
        months_since,
        {% for age in ages -%}
        {{ cents('sum(margin_attributed) filter (age_days <= ' ~ age ~ ')') }} as margin_{{ age }}d,
        {% endfor -%}
        {{ cents('sum(margin_attributed)') }} as margin
    from days
    group by acquisition_channel, cohort_month, months_since
)

select * from summed
