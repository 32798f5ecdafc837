{%- set dimensions = [
    'acquisition_channel', 'country', 'customer_type', 'first_product_category',
    'relationship_level', 'service_tier', 'basis'
] %}

-- One row per group of customers who agree in all dimensions × dimension: the value, and its
-- number, by which to sum.
with groups as (
    select
        dimension_group,
        {{ dimensions | join(', ') }}
    from {{ ref('int_customers__dimensions') }}
    group by dimension_group, {{ dimensions | join(', ') }}
),

named as (
    select
        dimension_group,
        'all' as dimension_name,
        'all' as dimension_value
    from groups
    {% for dimension in dimensions -%}
    union all
    select
        dimension_group,
        '{{ dimension }}' as dimension_name,
        {{ dimension }} as dimension_value
    from groups
    {% endfor %}
),

numbered as (
    select
        *,
        cast(dense_rank() over (order by dimension_name, dimension_value) as integer)
            as dimension_number
    from named
)

select * from numbered
