{%- set z = 1.959963984540054 %}

with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

groups as (
    select
        customer_key,
        dimension_group
    from {{ ref('int_customers__dimensions') }}
),

dimension_values as (
    select * from {{ ref('int_customers__dimension_values') }}
),

first_episodes as (
    select
        customer_key,
        min(churned_at) as churned_at
    from {{ ref('int_churn__episodes') }}
    group by customer_key
),

-- Everybody who ever began: until the first episode, or until now.
observed as (
    select
        groups.dimension_group,
        {{ days_between(
            'profiles.cohort_date', 'coalesce(first_episodes.churned_at, parameters.as_of_date)'
        ) }} as observed_days,
        count(first_episodes.churned_at) as churned,
        count(*) - count(first_episodes.churned_at) as censored
    from {{ ref('int_customers__profiles') }} as profiles
    cross join parameters
    inner join groups
        on profiles.customer_key = groups.customer_key
    left join first_episodes
        on profiles.customer_key = first_episodes.customer_key
    where profiles.cohort_date is not null
    group by all
),

-- A row for day 0, though nobody left on it: there the curve begins.
beginnings as (
    select distinct
        dimension_group,
        0 as observed_days,
        0 as churned,
        0 as censored
    from observed
),

daily as (
    select
        dimension_values.dimension_name,
        dimension_values.dimension_value,
        observed.observed_days,
        sum(observed.churned) as churned,
        sum(observed.censored) as censored
    from (
        select * from observed
        union all
        select * from beginnings
    ) as observed
    inner join dimension_values
        on observed.dimension_group = dimension_values.dimension_group
    group by
        dimension_values.dimension_name, dimension_values.dimension_value, observed.observed_days
),

-- Who is censored on a day on which somebody churns is still at risk on it.
exposed as (
    select
        *,
        sum(churned + censored) over (
            partition by dimension_name, dimension_value
            order by observed_days
            rows between current row and unbounded following
        ) as at_risk,
        count(*) filter (observed_days = 0 or churned > 0) over (
            partition by dimension_name, dimension_value order by observed_days
        ) as step_number
    from daily
),

steps as (
    select
        dimension_name,
        dimension_value,
        min(observed_days) as observed_days,
        max(at_risk) as at_risk,
        sum(churned) as churned,
        sum(censored) as censored
    from exposed
    group by dimension_name, dimension_value, step_number
),

curves as (
    select
        *,
        -- Factors of sums, not sums of factors' logarithms: of the last one to leave there is none.
        product(1 - cast(churned as double) / at_risk) over so_far as survival,
        sum(
            cast(churned as double) / nullif(cast(at_risk as double) * (at_risk - churned), 0)
        ) over so_far as greenwood
    from steps
    window so_far as (
        partition by dimension_name, dimension_value
        order by observed_days
        rows between unbounded preceding and current row
    )
),

bounded as (
    select
        *,
        -- No band where nobody, or everybody, has left.
        case
            when survival > 0 and survival < 1
                then {{ z }} * sqrt(greenwood) / abs(ln(survival))
        end as width
    from curves
),

-- Rounded, so that the last bits of a product and a sum never show.
rounded as (
    select
        *,
        round(survival, 12) as rounded_survival,
        round(pow(survival, exp(width)), 12) as lower_95,
        round(pow(survival, exp(-width)), 12) as upper_95
    from bounded
),

final as (
    select
        rounded.dimension_name,
        rounded.dimension_value,
        cast(rounded.observed_days as integer) as days,  -- noqa: RF04
        cast(rounded.at_risk as bigint) as at_risk,
        cast(rounded.churned as bigint) as churned,
        cast(rounded.censored as bigint) as censored,
        rounded.rounded_survival as survival,
        rounded.lower_95,
        rounded.upper_95,
        parameters.as_of_date
    from rounded
    cross join parameters
)

select * from final
order by dimension_name, dimension_value, days
