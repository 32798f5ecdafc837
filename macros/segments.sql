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
