with customers as (
    select * from {{ ref('customers') }}
),

playbook as (
    select * from {{ ref('segment_playbook') }}
    where segment = 'seg_at_risk'
),

audience as (
    select {{ segment_columns('rtn_s05') }}
    from customers
    left join playbook
        on true
    where customers.customer_state = 'at_risk'
)

select * from audience
