with customers as (
    select * from {{ ref('customers') }}
),

playbook as (
    select * from {{ ref('segment_playbook') }}
    where segment = 'seg_q4'
),

-- Who has fallen silent belongs to winning back, whatever the quadrant says.
audience as (
    select {{ segment_columns('rtn_s04') }}
    from customers
    left join playbook
        on true
    where
        customers.quadrant = 'IV'
        and customers.customer_state != 'churned'
)

select * from audience
