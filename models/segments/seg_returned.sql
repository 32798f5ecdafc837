with customers as (
    select * from {{ ref('customers') }}
),

playbook as (
    select * from {{ ref('segment_playbook') }}
    where segment = 'seg_returned'
),

audience as (
    select {{ segment_columns('rtn_s13') }}
    from customers
    left join playbook
        on true
    where customers.customer_state = 'returned'
)

select * from audience
