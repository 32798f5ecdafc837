with scores as (
    select * from {{ ref('int_quadrants__loyalty') }}
    where loyalty_score is not null
),

customers as (
    select
        customer_key,
        customer_id
    from {{ ref('int_customers__profiles') }}
),

parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

thresholds as (
    select
        snapshot_number,
        {{ threshold(var('loyalty_threshold'), 'loyalty_score') }} as loyalty_threshold,
        {{ threshold(var('profitability_threshold'), 'profitability') }} as profitability_threshold
    from scores
    group by snapshot_number
),

placed as (
    select
        scores.*,
        thresholds.loyalty_threshold,
        thresholds.profitability_threshold,
        -- Equal to the threshold is high.
        scores.loyalty_score >= thresholds.loyalty_threshold as is_loyal,
        scores.profitability >= thresholds.profitability_threshold as is_profitable
    from scores
    inner join thresholds
        on scores.snapshot_number = thresholds.snapshot_number
),

named as (
    select
        *,
        case
            when is_loyal and is_profitable then 'III'
            when is_loyal then 'II'
            when is_profitable then 'IV'
            else 'I'
        end as quadrant
    from placed
),

playbook as (
    select
        quadrant,
        name_en,
        name_ru
    from {{ ref('quadrant_playbook') }}
),

final as (
    select
        named.snapshot_date,
        named.customer_key,
        customers.customer_id,
        named.quadrant,
        playbook.name_en as quadrant_name_en,
        playbook.name_ru as quadrant_name_ru,
        named.loyalty_score,
        named.loyalty_components,
        named.profitability,
        named.loyalty_threshold,
        named.profitability_threshold,
        named.customer_state,
        parameters.as_of_date
    from named
    cross join parameters
    inner join customers
        on named.customer_key = customers.customer_key
    left join playbook
        on named.quadrant = playbook.quadrant
)

select * from final
