{#- The columns every audience has. `code` is neutral, for ad platforms see it; the action is the
    customer's next best one unless the segment has its own. -#}
{% macro segment_columns(code, action_en=none, action_ru=none) -%}
    customer_key,
        customer_id,
        '{{ code }}' as segment_code,
        contribution_margin_365d as value,
        currency,
        {{ sql_text(action_en) if action_en else 'next_best_action_en' }} as suggested_action_en,
        {{ sql_text(action_ru) if action_ru else 'next_best_action_ru' }} as suggested_action_ru,
        as_of_date
{%- endmacro %}
