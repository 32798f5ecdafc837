-- Values and raw rows stay in the quarantine folder: they may be personal.
with rejected as (
    select * from {{ source('landing', '_quarantine') }}
),

parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

final as (
    select
        rejected.entity,
        rejected.source as source_name,
        rejected.file as file_name,
        rejected.line as line_number,
        rejected.column_name,
        rejected.reason,
        rejected.message,
        parameters.as_of_date
    from rejected
    cross join parameters
)

select * from final
order by entity, source_name, file_name, line_number, column_name
