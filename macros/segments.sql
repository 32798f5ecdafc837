{#- The columns every audience has, of `customers` and of its row of `playbook` (the seed
    segment_playbook). `code` is neutral, for ad platforms see it; the action is the customer's next
    best one unless the playbook has one of the segment; `due` is an SQL date of the row, by default
    the playbook's days after as_of_date. -#}
{% macro segment_columns(code, due=none) -%}
    customers.customer_key,
        customers.customer_id,
        '{{ code }}' as segment_code,
        customers.contribution_margin_365d as value,
        customers.currency,
        coalesce(playbook.action_en, customers.next_best_action_en) as suggested_action_en,
        coalesce(playbook.action_ru, customers.next_best_action_ru) as suggested_action_ru,
        playbook.reason_en,
        playbook.reason_ru,
        {{ due or add_days('customers.as_of_date', 'playbook.due_days') }} as due_date,
        customers.last_purchase_date as last_order_date,
        customers.manager_id,
        customers.as_of_date
{%- endmacro %}


{#- Whether a row of `customers` churned and may still be won back: after `winback_max_days` nobody
    is. -#}
{% macro is_lately_lost() -%}
    (
        customers.customer_state = 'churned'
        and {{ days_between('customers.churned_at', 'customers.as_of_date') }}
        <= {{ var('winback_max_days') }}
    )
{%- endmacro %}


{#- The whole audience of a model of its own: who was lately lost by `churn_reason`, and whose churn
    in force has that reason. -#}
{% macro lost_audience(churn_reason, code) -%}
with customers as (
    select * from {{ ref('customers') }}
),

reasons as (
    select
        customer_key,
        churned_at
    from {{ ref('int_churn__reasons') }}
    where churn_reason = '{{ churn_reason }}'
),

playbook as (
    select * from {{ ref('segment_playbook') }}
    where segment = 'seg_lost_{{ churn_reason }}'
),

audience as (
    select {{ segment_columns(code) }}
    from customers
    inner join reasons
        on
            customers.customer_key = reasons.customer_key
            and customers.churned_at = reasons.churned_at
    left join playbook
        on true
    where {{ is_lately_lost() }}
)

select * from audience
{%- endmacro %}
