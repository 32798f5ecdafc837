{%- set dimensions = ['country'] %}

-- One row per month × dimension × value in which an episode began: whose it was, and what it cost.
with profiles as (
    select
        customer_key,
        country
    from {{ ref('int_customers__profiles') }}
),

lost_sales as (
    select * from {{ ref('int_churn__lost_sales') }}
),

episodes as (
    select
        *,
        {{ month_start('churned_at') }} as month
    from {{ ref('int_churn__episodes') }}
),

-- A customer is counted once a month, at the first episode in it.
first_episodes as (
    select *
    from episodes
    qualify row_number() over (partition by customer_key, month order by churned_at) = 1
),

judged as (
    select
        first_episodes.month,
        profiles.country,
        lost_sales.lost_net_sales,
        case
            when first_episodes.first_seen_date >= first_episodes.month then 'new'
            when first_episodes.previous_ended_at >= first_episodes.month then 'again'
            else 'base'
        end as origin
    from first_episodes
    inner join profiles
        on first_episodes.customer_key = profiles.customer_key
    left join lost_sales
        on
            first_episodes.customer_key = lost_sales.customer_key
            and first_episodes.churned_at = lost_sales.churned_at
),

churned as (
    select
        month,
        {{ dimension_columns(dimensions) }},
        count(*) filter (origin = 'base') as churned_customers,
        count(*) filter (origin = 'new') as churned_new,
        count(*) filter (origin = 'again') as churned_again,
        coalesce(sum(lost_net_sales) filter (origin = 'base'), 0) as lost_net_sales
    from judged
    group by {{ by_dimension(['month'], dimensions) }}
),

-- Episodes that begin before a month and do not end before it are open at its start.
openings as (
    select
        {{ month_start('episodes.churned_at') }} as month,
        profiles.country,
        1 as opened,
        0 as ended
    from episodes
    inner join profiles
        on episodes.customer_key = profiles.customer_key
    union all
    -- An episode that ends on the first day of a month is still open at its start.
    select
        {{ month_start('episodes.ended_at') }} as month,
        profiles.country,
        0 as opened,
        1 as ended
    from episodes
    inner join profiles
        on episodes.customer_key = profiles.customer_key
    where episodes.ended_at is not null
),

opened as (
    select
        month,
        {{ dimension_columns(dimensions) }},
        sum(opened) - sum(ended) as opened_net
    from openings
    group by {{ by_dimension(['month'], dimensions) }}
)

select
    coalesce(opened.month, churned.month) as month,
    coalesce(opened.dimension_name, churned.dimension_name) as dimension_name,
    coalesce(opened.dimension_value, churned.dimension_value) as dimension_value,
    coalesce(opened.opened_net, 0) as opened_net,
    coalesce(churned.churned_customers, 0) as churned_customers,
    coalesce(churned.churned_new, 0) as churned_new,
    coalesce(churned.churned_again, 0) as churned_again,
    coalesce(churned.lost_net_sales, 0) as lost_net_sales
from opened
full outer join churned
    on
        opened.month = churned.month
        and opened.dimension_name = churned.dimension_name
        and opened.dimension_value = churned.dimension_value
