with customers as (
    select * from {{ ref('customers') }}
),

playbook as (
    select * from {{ ref('segment_playbook') }}
    where segment = 'seg_winback'
),

audience as (
    select {{ segment_columns('rtn_s12') }}
    from customers
    left join playbook
        on true
    where
        customers.customer_state = 'churned'
        and {{ days_between('customers.churned_at', 'customers.as_of_date') }}
        <= {{ var('winback_max_days') }}
        and customers.contribution_margin > {{ var('winback_min_margin') }}
)

select * from audience
