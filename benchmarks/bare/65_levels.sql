-- Relationship level and service tier; customers who agree in all dimensions make a group.
create temp table levels as
with sizes as (
    select
        customer_type,
        count(*) as customers,
        quantile_cont(cast(profitability as double), 0.5) as medium_margin,
        quantile_cont(cast(profitability as double), 0.9) as high_margin
    from population
    inner join profiles using (customer)
    where number = 0
    group by customer_type
),

banded as (
    select
        customer,
        service_tier,
        cohort_date,
        case
            when sizes.customers >= 1000 then 'many'
            when sizes.customers >= 100 then 'some'
            else 'few'
        end as customers_band,
        case
            when margin_year > 0 and margin_year >= high_margin then 'high'
            when margin_year > 0 and margin_year >= medium_margin then 'medium'
            else 'low'
        end as margin_band
    from profiles
    left join sizes using (customer_type)
    left join money using (customer)
)

select
    customer,
    case when cohort_date is null then 'unknown' else names.relationship_level end
        as relationship_level,
    case when cohort_date is not null then contact_every_days end as contact_every_days,
    case
        when banded.service_tier != 'unknown' then banded.service_tier
        when cohort_date is not null then coalesce(rules.service_tier, 'mass')
        else 'unknown'
    end as service_tier
from banded
inner join read_csv('{seeds}/relationship_levels.csv') as names
    using (customers_band, margin_band)
left join (
    from marts.pareto where basis = 'contribution_margin' and window_name = 'trailing_365d'
) as classes on customer = customer_key
left join read_csv('{seeds}/service_tier_rules.csv') as rules
    on rules.relationship_level = names.relationship_level
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
        levels.service_tier,
        basis,
        cohort_date,
        first_purchase
    from profiles
    inner join levels using (customer)
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
