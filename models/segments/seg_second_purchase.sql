with customers as (
    select * from {{ ref('customers') }}
),

playbook as (
    select * from {{ ref('segment_playbook') }}
    where segment = 'seg_second_purchase'
),

audience as (
    select {{ segment_columns('rtn_s11') }}
    from customers
    left join playbook
        on true
    where
        customers.basis = 'transactional'
        and customers.customer_state = 'new'
        and customers.days_since_last_purchase
        >= {{ var('second_purchase_due_share') }} * customers.expected_gap_days
)

select * from audience
