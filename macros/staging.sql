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


{#- The latest version of each key of the CTE `landed`: by updated_at where the entity has it, then
    by the batch's sequence, then by row. Only keys that repeat are sorted. -#}
{% macro latest_versions(entity, key, has_updated_at) -%}
    {%- if not keys_repeat(entity) -%}
    select * from landed
    {%- else -%}
    {%- set keys = key | join(', ') -%}
    select landed.*
    from landed
    left join (
        select {{ keys }}
        from landed
        group by {{ keys }}
        having count(*) > 1
    ) as repeated
        on {% for column in key %}landed.{{ column }} is not distinct from repeated.{{ column }}
        {%- if not loop.last %} and {% endif %}{% endfor %}
    where repeated.{{ key[0] }} is null
    union all
    (
        select landed.*
        from landed
        inner join (
            select {{ keys }}
            from landed
            group by {{ keys }}
            having count(*) > 1
        ) as repeated
            on {% for column in key %}landed.{{ column }} is not distinct from repeated.{{ column }}
            {%- if not loop.last %} and {% endif %}{% endfor %}
        qualify row_number() over (
            partition by {% for column in key %}landed.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
            order by
                {%- if has_updated_at %} landed.updated_at desc nulls last,{% endif %}
                landed._sequence desc, landed._row desc
        ) = 1
    )
    {%- endif -%}
{%- endmacro %}
