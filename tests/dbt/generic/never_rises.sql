{#- From row to row, in the order of `order_by` within `partition_by`, a column never rises. Fails
    with one row per rise. -#}
{% test never_rises(model, column, order_by, partition_by) %}
with followed as (
    select
        {{ partition_by | join(', ') }},
        {{ order_by }},
        {{ column }},
        lag({{ column }}) over (
            partition by {{ partition_by | join(', ') }} order by {{ order_by }}
        ) as previous
    from {{ model }}
)

select * from followed
where {{ column }} > previous
{% endtest %}
