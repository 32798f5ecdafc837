{#- What one scan of a mart can check: the grain is unique, columns are never NULL, shares lie
    between 0 and 1, and identities hold. Fails with one row per broken rule: its name and the
    number of rows that break it.
    grain: columns that are unique together; never_null: columns; shares: columns in [0, 1];
    identities: name → SQL condition (a NULL condition passes). -#}
{% test sound(model, grain, never_null=[], shares=[], identities={}) %}
{%- set rules = {} -%}
{%- for column in grain + never_null -%}
    {%- do rules.update({column ~ ' is missing': column ~ ' is not null'}) -%}
{%- endfor -%}
{%- for column in shares -%}
    {%- do rules.update({column ~ ' is not a share': column ~ ' between 0 and 1'}) -%}
{%- endfor -%}
{%- do rules.update(identities) -%}

with counted as (
    select
        {% for name, condition in rules.items() -%}
        count(*) filter (not ({{ condition }})) as rule_{{ loop.index }},
        {% endfor -%}
        count(*) - count(distinct ({{ grain | join(', ') }})) as repeated
    from {{ model }}
),

broken as (
    {% for name in rules -%}
    select
        '{{ name | replace("'", "''") }}' as broken_rule,
        rule_{{ loop.index }} as failing_rows
    from counted
    union all
    {% endfor -%}
    select
        'grain repeated: {{ grain | join(', ') }}' as broken_rule,
        repeated as failing_rows
    from counted
)

select * from broken
where failing_rows > 0
{% endtest %}
