with changes as (
    select * from {{ source('identity', 'customer_key_changes') }}
),

parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

final as (
    select
        changes.change_number,
        changes.customer_id,
        changes.change,
        changes.previous_customer_key,
        changes.customer_key,
        changes.reason,
        changes.detail,
        changes.batch_sequence,
        changes.unit_of_analysis,
        parameters.as_of_date
    from changes
    cross join parameters
)

select * from final
order by change_number, customer_id
