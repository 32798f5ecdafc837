with customers as (
    select * from {{ ref('customers') }}
),

birthdays as (
    select
        customer_key,
        next_birthday
    from {{ ref('birthdays') }}
),

playbook as (
    select * from {{ ref('segment_playbook') }}
    where segment = 'seg_birthdays'
),

audience as (
    select {{ segment_columns('rtn_s16', due='birthdays.next_birthday') }}
    from customers
    inner join birthdays
        on customers.customer_key = birthdays.customer_key
    left join playbook
        on true
    where
        birthdays.next_birthday
        <= {{ add_days('customers.as_of_date', var('birthday_notice_days')) }}
        and customers.customer_state not in ('churned', 'prospect')
)

select * from audience
