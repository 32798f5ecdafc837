-- Service tiers; customers who agree in all dimensions make a group.
create temp table tiers as
select
    profiles.customer,
    levels.relationship_level,
    case
        when profiles.service_tier != 'unknown' then profiles.service_tier
        when cohort_date is not null then coalesce(rules.service_tier, 'mass')
        else 'unknown'
    end as service_tier
from profiles
inner join levels using (customer)
left join (
    from marts.pareto where basis = 'contribution_margin' and window_name = 'trailing_365d'
) as classes on profiles.customer = customer_key
left join read_csv('{seeds}/service_tier_rules.csv') as rules
    on rules.relationship_level = levels.relationship_level
    and rules.pareto_class = coalesce(classes.pareto_class, 'none');

create temp table grouped as
with dimensions as (
    select
        customer,
        acquisition_channel,
        country,
        customer_type,
        first_product_category,
        relationship_level,
        tiers.service_tier,
        basis,
        cohort_date,
        first_purchase
    from profiles
    inner join tiers using (customer)
),

numbered as (
    select *, row_number() over () as alike
    from (
        select distinct acquisition_channel, country, customer_type, first_product_category,
            relationship_level, service_tier, basis
        from dimensions
    )
)

select *
from dimensions
inner join numbered using (
    acquisition_channel, country, customer_type, first_product_category, relationship_level,
    service_tier, basis
);

create temp table spread as
select *, dense_rank() over (order by dimension_name, dimension_value) as place
from (
    unpivot (
        select distinct alike, 'all' as "all", acquisition_channel, country, customer_type,
            first_product_category, relationship_level, service_tier, basis
        from grouped
    )
    on columns(* exclude (alike)) into name dimension_name value dimension_value
);
