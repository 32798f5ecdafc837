with batches as (
    select * from {{ source('landing', '_batches') }}
),

parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

final as (
    select
        batches.sequence as batch_sequence,
        batches.batch_id,
        batches.entity,
        batches.source as source_name,
        batches.file as file_name,
        batches.rows_read,
        batches.rows_accepted,
        batches.rows_rejected,
        batches.rows_filtered,
        batches.is_correction,
        parameters.as_of_date,
        batches.superseded_by is null as is_counted
    from batches
    cross join parameters
)

select * from final
order by batch_sequence
