with customers as (
    select * from {{ ref('customers') }}
),

key_accounts as (
    select customer_key from {{ ref('key_accounts') }}
),

playbook as (
    select * from {{ ref('segment_playbook') }}
    where segment = 'seg_key_accounts'
),

audience as (
    select {{ segment_columns('rtn_s26') }}
    from customers
    inner join key_accounts
        on customers.customer_key = key_accounts.customer_key
    left join playbook
        on true
    where customers.customer_state != 'churned'
)

select * from audience
