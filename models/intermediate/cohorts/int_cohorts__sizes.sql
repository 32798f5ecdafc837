{%- set grains = ['week', 'month', 'quarter'] %}

-- One row per week, month or quarter × group of customers alike: whose relationship began in it.
with sizes as (
    {% for grain in grains -%}
    select
        {{ period_id(grain, 'profiles.cohort_date') }} as cohort_id,
        dimensions.dimension_group,
        count(*) as customers
    from {{ ref('int_customers__profiles') }} as profiles
    inner join {{ ref('int_customers__dimensions') }} as dimensions
        on profiles.customer_key = dimensions.customer_key
    where profiles.cohort_date is not null
    group by cohort_id, dimensions.dimension_group
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from sizes
