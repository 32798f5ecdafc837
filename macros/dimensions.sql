{#- Rolls rows up to `all` and to each value of `dimensions` (columns of the FROM clause): the two
    select items `dimension_name`, `dimension_value`. Group with `by_dimension`. -#}
{% macro dimension_columns(dimensions) -%}
    case
        {% for dimension in dimensions -%}
        when grouping({{ dimension }}) = 0 then '{{ dimension }}'
        {% endfor -%}
        else 'all'
    end as dimension_name,
    coalesce({{ dimensions | join(', ') }}, 'all') as dimension_value
{%- endmacro %}


{#- The GROUP BY that goes with `dimension_columns`; `keys` are grouped by in every set. The duckdb
    dialect of sqlfluff does not know grouping sets, hence the noqa. -#}
{% macro by_dimension(keys, dimensions) -%}
    grouping sets (  -- noqa: PRS
        ({{ keys | join(', ') }})
        {%- for dimension in dimensions -%}
        , ({{ (keys + [dimension]) | join(', ') }})
        {%- endfor -%}
    )
{%- endmacro %}
