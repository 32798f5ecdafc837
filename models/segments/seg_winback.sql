with customers as (
    select * from {{ ref('customers') }}
),

playbook as (
    select * from {{ ref('segment_playbook') }}
    where segment = 'seg_winback'
),

audience as (
    select {{ segment_columns('rtn_s12') }}
    from customers
    left join playbook
        on true
    where
        {{ is_lately_lost() }}
        and customers.contribution_margin > {{ var('winback_min_margin') }}
)

select * from audience
