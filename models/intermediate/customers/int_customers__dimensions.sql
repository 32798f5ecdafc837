{%- set dimensions = [
    'acquisition_channel', 'country', 'customer_type', 'first_product_category',
    'relationship_level', 'service_tier', 'basis'
] %}

-- One row per customer: the value of each dimension, the number of the group of customers who agree
-- in all of them, and the days that decide on periods. What is counted per group need be counted
-- once for all dimensions.
with customers as (
    select
        profiles.customer_key,
        profiles.acquisition_channel,
        profiles.country,
        profiles.customer_type,
        profiles.first_product_category,
        tiers.relationship_level,
        tiers.service_tier,
        profiles.basis,
        profiles.cohort_date,
        profiles.first_purchase_date
    from {{ ref('int_customers__profiles') }} as profiles
    inner join {{ ref('int_relationships__tiers') }} as tiers
        on profiles.customer_key = tiers.customer_key
),

alike as (
    select {{ dimensions | join(', ') }}
    from customers
    group by {{ dimensions | join(', ') }}
),

groups as (
    select
        *,
        cast(row_number() over (order by {{ dimensions | join(', ') }}) as integer)
            as dimension_group
    from alike
),

numbered as (
    select
        customers.*,
        groups.dimension_group
    from customers
    inner join groups
        on
            customers.acquisition_channel = groups.acquisition_channel
            and customers.country = groups.country
            and customers.customer_type = groups.customer_type
            and customers.first_product_category = groups.first_product_category
            and customers.relationship_level = groups.relationship_level
            and customers.service_tier = groups.service_tier
            and customers.basis = groups.basis
)

select * from numbered
