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


{#- Where the earlier of the two spans begins that are compared on `day` to find who is growing: the
    365 days up to it against the 365 before; of customers younger than both, the later against the
    earlier half of their time. All dates. -#}
{% macro earlier_span_from(first_purchase_date, day) -%}
    greatest({{ first_purchase_date }}, {{ add_days(day, -729) }})
{%- endmacro %}


{#- Where the later span begins; the middle day of a younger customer's time belongs to the earlier
    half. -#}
{% macro later_span_from(first_purchase_date, day) -%}
    case
        when {{ first_purchase_date }} <= {{ add_days(day, -729) }} then {{ add_days(day, -364) }}
        else {{ add_days(
            first_purchase_date,
            'ceil((' ~ days_between(first_purchase_date, day) ~ ' + 1) / 2.0)'
        ) }}
    end
{%- endmacro %}


{#- Whether value grew from the earlier span to the later by `rising_growth` or more, over at least
    three purchase days. -#}
{% macro is_growing(purchase_days, earlier_value, later_value) -%}
    (
        {{ purchase_days }} >= 3
        and {{ earlier_value }} > 0
        and {{ later_value }} >= {{ earlier_value }} * (1 + {{ var('rising_growth') }})
    )
{%- endmacro %}
