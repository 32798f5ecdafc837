with customers as (
    select * from {{ ref('customers') }}
),

playbook as (
    select * from {{ ref('segment_playbook') }}
    where segment = 'seg_champions'
),

audience as (
    select {{ segment_columns('rtn_s14') }}
    from customers
    left join playbook
        on true
    where
        customers.rfm_segment = 'champions'
        and customers.customer_state in ('active', 'returned')
        and coalesce(customers.nps_score > 6, true)
)

select * from audience
