{#- The class of a value: `value_above` is what those with strictly more give together,
    `positive_value` the total of all positive values. -#}
{% macro pareto_class(value, value_above, positive_value) -%}
    case
        when {{ value }} < 0 then 'negative'
        when {{ value }} = 0 then 'C'
        when {{ value_above }} < 0.80 * {{ positive_value }} then 'A'
        when {{ value_above }} < 0.95 * {{ positive_value }} then 'B'
        else 'C'
    end
{%- endmacro %}
