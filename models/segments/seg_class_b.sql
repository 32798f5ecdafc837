with customers as (
    select * from {{ ref('customers') }}
),

playbook as (
    select * from {{ ref('segment_playbook') }}
    where segment = 'seg_class_b'
),

audience as (
    select {{ segment_columns('rtn_s08') }}
    from customers
    left join playbook
        on true
    where
        customers.pareto_class = 'B'
        and customers.customer_state != 'churned'
)

select * from audience
