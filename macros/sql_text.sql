{#- A value as an SQL text literal, NULL for none. -#}
{% macro sql_text(value) -%}
    {%- if value is none -%} cast(null as varchar)
    {%- else -%} '{{ value | string | replace("'", "''") }}'
    {%- endif -%}
{%- endmacro %}
