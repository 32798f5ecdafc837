{%- set events = {
    'new_customers': 'cohort_date', 'buyers': 'first_purchase_date',
    'repeat_buyers': 'second_purchase_date'
} %}

-- One row per value of a dimension (of a quadrant: per snapshot) × day: for how many customers the
-- relationship had begun by then, and the first and second purchase day had come.
with second_days as (
    select
        customer_key,
        purchase_date as second_purchase_date
    from {{ ref('int_sales__purchase_days') }}
    where purchase_number = 2
),

customers as (
    select
        profiles.customer_key,
        dimensions.dimension_group,
        profiles.cohort_date,
        profiles.first_purchase_date,
        second_days.second_purchase_date
    from {{ ref('int_customers__profiles') }} as profiles
    inner join {{ ref('int_customers__dimensions') }} as dimensions
        on profiles.customer_key = dimensions.customer_key
    left join second_days
        on profiles.customer_key = second_days.customer_key
),

members as (
    select
        quadrants.snapshot_date,
        quadrants.quadrant,
        customers.cohort_date,
        customers.first_purchase_date,
        customers.second_purchase_date
    from {{ ref('quadrants') }} as quadrants
    inner join customers
        on quadrants.customer_key = customers.customer_key
),

dimension_values as (
    select * from {{ ref('int_customers__dimension_values') }}
),

counted as (
    {% for event, day in events.items() -%}
    select
        dimension_group,
        cast(null as date) as snapshot_date,
        null as quadrant,
        '{{ event }}' as event_name,
        {{ day }} as event_date,
        count(*) as customers
    from customers
    where {{ day }} is not null
    group by dimension_group, {{ day }}
    union all
    select
        null as dimension_group,
        snapshot_date,
        quadrant,
        '{{ event }}' as event_name,
        {{ day }} as event_date,
        count(*) as customers
    from members
    where {{ day }} is not null
    group by snapshot_date, quadrant, {{ day }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

by_day as (
    select
        counted.snapshot_date,
        coalesce(dimension_values.dimension_name, 'quadrant') as dimension_name,
        coalesce(dimension_values.dimension_value, counted.quadrant) as dimension_value,
        counted.event_date,
        {% for event in ['new_customers', 'buyers'] -%}
        coalesce(sum(counted.customers) filter (counted.event_name = '{{ event }}'), 0)
            as {{ event }},
        {% endfor -%}
        coalesce(sum(counted.customers) filter (counted.event_name = 'repeat_buyers'), 0)
            as repeat_buyers
    from counted
    left join dimension_values
        on counted.dimension_group = dimension_values.dimension_group
    group by all
),

so_far as (
    select
        snapshot_date,
        dimension_name,
        dimension_value,
        event_date,
        cast(sum(new_customers) over by_day as bigint) as new_customers,
        cast(sum(buyers) over by_day as bigint) as buyers,
        cast(sum(repeat_buyers) over by_day as bigint) as repeat_buyers
    from by_day
    window by_day as (
        partition by snapshot_date, dimension_name, dimension_value
        order by event_date
    )
)

select * from so_far
