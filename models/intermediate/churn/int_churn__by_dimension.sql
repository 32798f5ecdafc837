-- One row per period × dimension × value in which somebody fell silent: whose it was, and what it
-- cost.
with episodes as (
    select
        period_id,
        dimension_group,
        quadrant,
        count(*) filter (origin = 'base') as churned_customers,
        count(*) filter (origin = 'new') as churned_new,
        count(*) filter (origin = 'again') as churned_again,
        {{ cents("sum(lost_net_sales) filter (origin = 'base')") }} as lost_net_sales
    from {{ ref('int_churn__period_episodes') }}
    group by period_id, dimension_group, quadrant
),

dimension_values as (
    select * from {{ ref('int_customers__dimension_values') }}
),

spread as (
    select
        episodes.period_id,
        dimension_values.dimension_name,
        dimension_values.dimension_value,
        episodes.churned_customers,
        episodes.churned_new,
        episodes.churned_again,
        episodes.lost_net_sales
    from episodes
    inner join dimension_values
        on episodes.dimension_group = dimension_values.dimension_group
    union all
    select
        period_id,
        'quadrant' as dimension_name,
        quadrant as dimension_value,
        churned_customers,
        churned_new,
        churned_again,
        lost_net_sales
    from episodes
),

churned as (
    select
        period_id,
        dimension_name,
        dimension_value,
        sum(churned_customers) as churned_customers,
        sum(churned_new) as churned_new,
        sum(churned_again) as churned_again,
        sum(lost_net_sales) as lost_net_sales
    from spread
    group by period_id, dimension_name, dimension_value
)

select * from churned
