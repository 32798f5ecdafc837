with customers as (
    select * from {{ ref('customers') }}
),

playbook as (
    select * from {{ ref('segment_playbook') }}
    where segment = 'seg_class_a'
),

audience as (
    select {{ segment_columns('rtn_s07') }}
    from customers
    left join playbook
        on true
    where
        customers.pareto_class = 'A'
        and customers.customer_state != 'churned'
)

select * from audience
