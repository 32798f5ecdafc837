with customers as (
    select * from {{ ref('customers') }}
),

playbook as (
    select * from {{ ref('segment_playbook') }}
    where segment = 'seg_contracts_to_renew'
),

audience as (
    select {{ segment_columns(
        'rtn_s17', due='coalesce(customers.next_contract_end_date, customers.as_of_date)'
    ) }}
    from customers
    left join playbook
        on true
    where
        (
            customers.is_renewal_due
            or (customers.contracts_in_force = 0 and customers.customer_state = 'at_risk')
        )
        and customers.basis = 'contractual'
        and customers.customer_state != 'churned'
)

select * from audience
