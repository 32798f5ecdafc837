-- One row per customer: level of the relationship, by the number of customers of the type and the
-- margin of the customer.
with profiles as (
    select
        customer_key,
        customer_type,
        cohort_date is not null as has_begun
    from {{ ref('int_customers__profiles') }}
),

population as (
    select
        members.customer_key,
        members.profitability,
        profiles.customer_type
    from {{ ref('int_quadrants__population') }} as members
    inner join profiles
        on members.customer_key = profiles.customer_key
    where members.snapshot_number = 0
),

types as (
    select
        customer_type,
        count(*) as customers,
        {{ threshold(var('relationship_medium_margin'), 'profitability') }} as medium_margin,
        {{ threshold(var('relationship_high_margin'), 'profitability') }} as high_margin
    from population
    group by customer_type
),

levels as (
    select * from {{ ref('relationship_levels') }}
),

type_sizes as (
    select
        types.customer_type,
        types.medium_margin,
        types.high_margin,
        arg_max(levels.customers_band, levels.min_customers) as customers_band
    from types
    inner join levels
        on types.customers >= levels.min_customers
    group by types.customer_type, types.medium_margin, types.high_margin
),

-- Of a type that nobody buys for any more there are few, and they bring nothing.
fewest as (
    select arg_min(customers_band, min_customers) as customers_band
    from levels
),

bands as (
    select
        profiles.customer_key,
        profiles.has_begun,
        coalesce(type_sizes.customers_band, fewest.customers_band) as customers_band,
        case
            when customer_values.contribution_margin_trailing_365d <= 0 then 'low'
            when customer_values.contribution_margin_trailing_365d >= type_sizes.high_margin
                then 'high'
            when customer_values.contribution_margin_trailing_365d >= type_sizes.medium_margin
                then 'medium'
            else 'low'
        end as margin_band
    from profiles
    cross join fewest
    left join type_sizes
        on profiles.customer_type = type_sizes.customer_type
    left join {{ ref('int_customers__values') }} as customer_values
        on profiles.customer_key = customer_values.customer_key
),

placed as (
    select
        bands.customer_key,
        case when bands.has_begun then levels.relationship_level else 'unknown' end
            as relationship_level,
        case when bands.has_begun then levels.contact_every_days end as contact_every_days
    from bands
    inner join levels
        on bands.customers_band = levels.customers_band and bands.margin_band = levels.margin_band
)

select * from placed
