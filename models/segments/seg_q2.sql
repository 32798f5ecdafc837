with customers as (
    select * from {{ ref('customers') }}
),

playbook as (
    select * from {{ ref('segment_playbook') }}
    where segment = 'seg_q2'
),

-- Who has fallen silent belongs to winning back, whatever the quadrant says.
audience as (
    select {{ segment_columns('rtn_s02') }}
    from customers
    left join playbook
        on true
    where
        customers.quadrant = 'II'
        and customers.customer_state != 'churned'
)

select * from audience
