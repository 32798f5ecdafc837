{#- The day from which a cancellation counts: its own, or, where it was planned for a later one, the
    day on which it was noted. NULL where nothing was cancelled. -#}
{% macro cancellation_known_on(cancelled_on, updated_at) -%}
    case
        when {{ cancelled_on }} is not null
            then least({{ cancelled_on }}, {{ reporting_date(updated_at) }})
    end
{%- endmacro %}
