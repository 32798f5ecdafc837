with losses as (
    select
        losses.period_grain,
        losses.period_start,
        losses.period_end,
        losses.dimension_group,
        losses.quadrant,
        reasons.churn_reason,
        count(*) as churned_customers,
        sum(losses.lost_net_sales) as lost_net_sales
    from {{ ref('int_churn__period_losses') }} as losses
    inner join {{ ref('int_churn__reasons') }} as reasons
        on
            losses.customer_key = reasons.customer_key
            and losses.churned_at = reasons.churned_at
    group by all
),

-- Customers who agree in all dimensions are spread over these together.
valued as (
    select
        losses.*,
        dimension_values.dimension_name,
        dimension_values.dimension_value
    from losses
    inner join {{ ref('int_customers__dimension_values') }} as dimension_values
        on losses.dimension_group = dimension_values.dimension_group
    union all
    select
        *,
        'quadrant' as dimension_name,
        quadrant as dimension_value
    from losses
),

summed as (
    select
        period_grain,
        period_start,
        period_end,
        dimension_name,
        dimension_value,
        churn_reason,
        sum(churned_customers) as churned_customers,
        sum(lost_net_sales) as lost_net_sales
    from valued
    group by
        period_grain, period_start, period_end, dimension_name, dimension_value, churn_reason
),

shared as (
    select
        *,
        sum(churned_customers) over (
            partition by period_grain, period_start, dimension_name, dimension_value
        ) as all_churned_customers
    from summed
),

names as (
    select * from {{ ref('standard_reasons') }}
),

parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

final as (
    select
        shared.period_grain,
        shared.period_start,
        shared.period_end,
        shared.dimension_name,
        shared.dimension_value,
        shared.churn_reason,
        names.name_en as reason_name_en,
        names.name_ru as reason_name_ru,
        cast(shared.churned_customers as bigint) as churned_customers,
        {{ cents('shared.lost_net_sales') }} as lost_net_sales,
        {{ share('shared.churned_customers', 'shared.all_churned_customers') }} as churned_share,
        parameters.as_of_date
    from shared
    cross join parameters
    left join names
        on shared.churn_reason = names.churn_reason
)

select * from final
order by period_grain, dimension_name, dimension_value, period_start, churn_reason
