-- One row per customer: the tier of service, the CRM's where it names one.
with profiles as (
    select
        customer_key,
        service_tier,
        cohort_date is not null as has_begun
    from {{ ref('int_customers__profiles') }}
),

levels as (
    select
        customer_key,
        relationship_level
    from {{ ref('int_relationships__levels') }}
),

-- Downstream uses contribution margin of the trailing 365 days.
classes as (
    select
        customer_key,
        pareto_class
    from {{ ref('pareto') }}
    where basis = 'contribution_margin' and window_name = 'trailing_365d'
),

rules as (
    select * from {{ ref('service_tier_rules') }}
),

tiers as (
    select
        profiles.customer_key,
        levels.relationship_level,
        case
            when profiles.service_tier != 'unknown' then profiles.service_tier
            when profiles.has_begun then coalesce(rules.service_tier, 'mass')
            else 'unknown'
        end as service_tier
    from profiles
    inner join levels
        on profiles.customer_key = levels.customer_key
    left join classes
        on profiles.customer_key = classes.customer_key
    left join rules
        on
            levels.relationship_level = rules.relationship_level
            and rules.pareto_class = coalesce(classes.pareto_class, 'none')
)

select * from tiers
