{#- A table where the ledger knows that a key repeats, so that versions are sorted out once;
    else a view, which costs nothing. -#}
{% macro staging_materialization(entity) -%}
    {{ 'table' if keys_repeat(entity) else 'view' }}
{%- endmacro %}


{#- Whether the ledger saw a key of `entity` more than once (set by the job before each build). -#}
{% macro keys_repeat(entity) -%}
    {%- set repeated = env_var('RETENTION_REPEATED_ENTITIES', 'all').split(',') -%}
    {{- 'yes' if entity in repeated or 'all' in repeated else '' -}}
{%- endmacro %}


{#- The latest version of each key of the CTE `rows`: by updated_at where the entity has it, then by
    the batch's sequence, then by row. With `known_by` (a relation with `as_of_end`) no later version
    is used; a key whose versions are all later stands as the earliest of them, for the event itself
    is cut by its own time. Only keys that repeat are sorted. -#}
{% macro latest_versions(entity, key, has_updated_at, known_by=none, rows='landed') -%}
    {%- if not keys_repeat(entity) -%}
    select * from {{ rows }}
    {%- else -%}
    with repeated as (
        select {{ key | join(', ') }}
        from {{ rows }}
        group by {{ key | join(', ') }}
        having count(*) > 1
    )

    select {{ rows }}.*
    from {{ rows }}
    anti join repeated
        on {{ same_key(rows, 'repeated', key) }}
    union all
    (
        select {{ rows }}.*
        from {{ rows }}
        inner join repeated
            on {{ same_key(rows, 'repeated', key) }}
        {%- if known_by %}
        cross join {{ known_by }} as run
        {%- set is_known = 'coalesce(' ~ rows ~ '.updated_at < run.as_of_end, true)' %}
        {%- endif %}
        qualify row_number() over (
            partition by {% for column in key %}{{ rows }}.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
            order by
                {%- if known_by %}
                {{ is_known }} desc,
                case when {{ is_known }} then {{ rows }}.updated_at end desc nulls last,
                {{ rows }}.updated_at asc,
                {%- elif has_updated_at %}
                {{ rows }}.updated_at desc nulls last,
                {%- endif %}
                {{ rows }}._sequence desc,
                {{ rows }}._row desc
        ) = 1
    )
    {%- endif -%}
{%- endmacro %}


{#- Whether two relations agree in all columns of a key; NULL agrees with NULL. -#}
{% macro same_key(left, right, key) -%}
    {%- for column in key -%}
    {{ left }}.{{ column }} is not distinct from {{ right }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
