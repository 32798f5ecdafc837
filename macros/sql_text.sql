{#- A value as an SQL text literal, NULL for none. -#}
{% macro sql_text(value) -%}
    {%- if value is none -%} cast(null as varchar)
    {%- else -%} '{{ value | string | replace("'", "''") }}'
    {%- endif -%}
{%- endmacro %}


{#- A setting as it stands in quality.run_parameters: text, weights as JSON, NULL for none. -#}
{% macro setting_text(value) -%}
    {{ sql_text((value | tojson) if value is mapping else value) }}
{%- endmacro %}
