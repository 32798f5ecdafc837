with customers as (
    select * from {{ ref('customers') }}
),

reasons as (
    select
        customer_key,
        churned_at
    from {{ ref('int_churn__reasons') }}
    where churn_reason = 'product_quality'
),

playbook as (
    select * from {{ ref('segment_playbook') }}
    where segment = 'seg_lost_product_quality'
),

audience as (
    select {{ segment_columns('rtn_s20') }}
    from customers
    inner join reasons
        on
            customers.customer_key = reasons.customer_key
            and customers.churned_at = reasons.churned_at
    left join playbook
        on true
    where
        customers.customer_state = 'churned'
        and {{ days_between('customers.churned_at', 'customers.as_of_date') }}
        <= {{ var('winback_max_days') }}
)

select * from audience
