with customers as (
    select * from {{ ref('customers') }}
),

playbook as (
    select * from {{ ref('segment_playbook') }}
    where segment = 'seg_rising'
),

audience as (
    select {{ segment_columns('rtn_s06') }}
    from customers
    left join playbook
        on true
    where
        customers.is_rising
        and customers.customer_state != 'churned'
)

select * from audience
