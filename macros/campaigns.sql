{#- Days in which a purchase answers a row of `campaigns`. -#}
{% macro response_window_days() -%}
    coalesce(campaigns.response_window_days, {{ var('campaign_response_days') }})
{%- endmacro %}


{#- One end (`lower` or `upper`) of the 95 % interval by Wilson's score of a share of `hits` in `n`;
    NULL without anybody. -#}
{% macro wilson_limit(bound, hits, n) -%}
    {%- set z = 1.959963984540054 -%}
    (
        (
            2 * ({{ hits }}) + {{ z * z }}
            {{ '-' if bound == 'lower' else '+' }} {{ z }} * sqrt(
                {{ z * z }} + 4 * ({{ hits }}) * (1 - ({{ hits }}) / nullif(cast({{ n }} as double), 0))
            )
        ) / (2 * (nullif({{ n }}, 0) + {{ z * z }}))
    )
{%- endmacro %}


{#- One end of the 95 % interval of the difference of two shares, hits ÷ n − other_hits ÷ other_n:
    Newcombe's hybrid score (Statistics in Medicine 17, 1998, 873–890, method 10), which holds for
    small numbers and shares near 0, too. -#}
{% macro share_difference_limit(bound, hits, n, other_hits, other_n) -%}
    {%- set sign, other_bound = ('-', 'upper') if bound == 'lower' else ('+', 'lower') -%}
    {%- set part = '((' ~ hits ~ ') / nullif(cast(' ~ n ~ ' as double), 0))' -%}
    {%- set other = '((' ~ other_hits ~ ') / nullif(cast(' ~ other_n ~ ' as double), 0))' -%}
    (
        {{ part }} - {{ other }}
        {{ sign }} sqrt(
            power({{ part }} - {{ wilson_limit(bound, hits, n) }}, 2)
            + power({{ wilson_limit(other_bound, other_hits, other_n) }} - {{ other }}, 2)
        )
    )
{%- endmacro %}


{#- The squared standard error of a mean of `n` amounts of money, of the sums of their whole cents and
    of the squares of these (both hugeint, so that no order of rows matters); NULL below two. -#}
{% macro squared_error_of_mean(n, cents, squares) -%}
    (
        cast({{ n }} * {{ squares }} - {{ cents }} * {{ cents }} as double)
        / nullif(cast({{ n }} as double) * {{ n }} * ({{ n }} - 1), 0) / 10000
    )
{%- endmacro %}
