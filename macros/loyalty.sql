{#- Regularity of `gaps` gaps: −population sd ÷ mean, rounded to 9 places. With whole-number sums,
    sd ÷ mean = sqrt(n·Σg² − (Σg)²) / Σg. -#}
{% macro regularity(gaps, sum_of_gaps, sum_of_squared_gaps) -%}
    round(
        -sqrt(cast(
            ({{ gaps }}) * {{ sum_of_squared_gaps }} - {{ sum_of_gaps }} * {{ sum_of_gaps }}
        as double)) / {{ sum_of_gaps }},
    9)
{%- endmacro %}


{#- A threshold over `column`: median, mean, percentile:NN (linear interpolation) or fixed:N. -#}
{% macro threshold(setting, column) -%}
    {%- set kind = setting.split(':')[0] -%}
    {%- if kind == 'median' -%} median(cast({{ column }} as double))
    {%- elif kind == 'mean' -%} avg({{ column }})
    {%- elif kind == 'percentile' -%}
        quantile_cont(cast({{ column }} as double), {{ setting.split(':')[1] | float / 100 }})
    {%- elif kind == 'fixed' -%} cast(max({{ setting.split(':')[1] | float }}) as double)
    {%- else -%}
        {{ exceptions.raise_compiler_error(
            "A threshold is median, mean, percentile:NN or fixed:N, not '" ~ setting ~ "'."
        ) }}
    {%- endif -%}
{%- endmacro %}
