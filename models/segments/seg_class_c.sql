with customers as (
    select * from {{ ref('customers') }}
),

playbook as (
    select * from {{ ref('segment_playbook') }}
    where segment = 'seg_class_c'
),

audience as (
    select {{ segment_columns('rtn_s09') }}
    from customers
    left join playbook
        on true
    where
        customers.pareto_class = 'C'
        and customers.customer_state != 'churned'
)

select * from audience
