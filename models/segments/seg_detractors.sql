with customers as (
    select * from {{ ref('customers') }}
),

playbook as (
    select * from {{ ref('segment_playbook') }}
    where segment = 'seg_detractors'
),

audience as (
    select {{ segment_columns('rtn_s15') }}
    from customers
    left join playbook
        on true
    where
        customers.nps_score <= 6
        and {{ days_between('customers.nps_date', 'customers.as_of_date') }}
        <= {{ var('detractor_call_days') }}
        and coalesce(customers.last_outbound_date < customers.nps_date, true)
        and customers.customer_state != 'churned'
)

select * from audience
