with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

profiles as (
    select
        customer_key,
        customer_id,
        last_purchase_date,
        purchase_days
    from {{ ref('int_customers__profiles') }}
    where first_purchase_date is not null
),

customer_values as (
    select
        customer_key,
        net_sales
    from {{ ref('int_customers__values') }}
),

measured as (
    select
        profiles.*,
        parameters.as_of_date,
        customer_values.net_sales
    from profiles
    cross join parameters
    inner join customer_values
        on profiles.customer_key = customer_values.customer_key
),

-- Equal values share a score: it counts those strictly worse, not places in a sorted list.
scored as (
    select
        *,
        {{ score_by_rank('last_purchase_date') }} as recency_score,
        {{ score_by_rank('purchase_days') }} as frequency_score,
        {{ score_by_rank('net_sales') }} as monetary_score
    from measured
),

segments as (
    select
        recency_score,
        frequency_score,
        rfm_segment
    from {{ ref('rfm_segments') }}
),

final as (
    select
        scored.customer_key,
        scored.customer_id,
        scored.last_purchase_date,
        scored.purchase_days,
        cast(scored.net_sales as decimal(18, 2)) as net_sales,
        scored.recency_score,
        scored.frequency_score,
        scored.monetary_score,
        segments.rfm_segment,
        scored.as_of_date
    from scored
    left join segments
        on
            scored.recency_score = segments.recency_score
            and scored.frequency_score = segments.frequency_score
)

select * from final
order by customer_key
