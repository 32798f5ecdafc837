with customers as (
    select * from {{ ref('customers') }}
),

-- Who has fallen silent belongs to winning back, whatever the quadrant says.
audience as (
    select {{ segment_columns('rtn_s04') }}
    from customers
    where quadrant = 'IV' and customer_state != 'churned'
)

select * from audience
