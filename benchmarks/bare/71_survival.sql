-- Kaplan–Meier: how many days customers stay before their first churn episode.
create table marts.survival as
with ended as (
    select
        customer,
        min(churned_at) as churned_at
    from episodes
    group by customer
),

observed as (
    select
        alike,
        coalesce(churned_at, getvariable('as_of')) - cohort_date as days,
        count(churned_at) as churned,
        count(*) as leaving
    from grouped
    left join ended using (customer)
    where cohort_date is not null
    group by all
),

daily as (
    select
        place,
        days,
        sum(churned) as churned,
        sum(leaving) as leaving
    from (
        select * from observed
        union all
        select distinct alike, 0, 0, 0 from observed
    )
    inner join spread using (alike)
    group by all
),

-- A step takes in who is censored up to the next; on the day itself they are still at risk.
steps as (
    select
        place,
        min(days) as days,
        max(remaining) as at_risk,
        sum(churned) as churned,
        sum(leaving) - sum(churned) as censored
    from (
        select
            *,
            sum(leaving) over (
                partition by place order by days
                rows between current row and unbounded following
            ) as remaining,
            count(*) filter (days = 0 or churned > 0) over (
                partition by place order by days
            ) as step
        from daily
    )
    group by place, step
),

curves as (
    select
        *,
        product(1 - churned::double / at_risk) over so_far as survival,
        sum(churned::double / nullif(at_risk::double * (at_risk - churned), 0)) over so_far
            as greenwood
    from steps
    window so_far as (partition by place order by days)
)

select
    dimension_name,
    dimension_value,
    cast(days as integer) as days,
    cast(at_risk as bigint) as at_risk,
    cast(churned as bigint) as churned,
    cast(censored as bigint) as censored,
    round(survival, 12) as survival,
    round(pow(survival, exp(width)), 12) as lower_95,
    round(pow(survival, exp(-width)), 12) as upper_95,
    getvariable('as_of') as as_of_date
from (
    select
        *,
        case when survival > 0 and survival < 1
            then 1.959963984540054 * sqrt(greenwood) / abs(ln(survival)) end as width
    from curves
)
inner join (select distinct place, dimension_name, dimension_value from spread) as places
    using (place);
