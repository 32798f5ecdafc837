with customers as (
    select * from {{ ref('customers') }}
),

playbook as (
    select * from {{ ref('segment_playbook') }}
    where segment = 'seg_contact_overdue'
),

audience as (
    select {{ segment_columns('rtn_s18') }}
    from customers
    left join playbook
        on true
    where
        customers.is_contact_overdue
        and customers.customer_state not in ('churned', 'prospect')
)

select * from audience
