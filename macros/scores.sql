{#- 1 to 5 = 1 + min(4, ⌊5 × share strictly worse⌋) by `column` among the rows of the FROM clause:
    equal values share a score, and the worst get 1. -#}
{% macro score_by_rank(column) -%}
    cast(
        1 + least(4, (5 * (rank() over (order by {{ column }}) - 1)) // count(*) over ())
    as integer)
{%- endmacro %}
