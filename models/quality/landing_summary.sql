-- One row per entity, source, fate and reason.
with batches as (
    select * from {{ ref('landing_batches') }}
    where is_counted and not is_correction
),

rejected as (
    select * from {{ ref('quarantine') }}
    where reason not in ('no_exchange_rate', 'mixed_currencies')
),

noted as (
    select * from {{ ref('int_quality__noted') }}
),

parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

loads as (
    select
        entity,
        source_name,
        sum(rows_accepted) as accepted,
        sum(rows_filtered) as filtered
    from batches
    group by entity, source_name
),

reasons as (
    select
        entity,
        source_name,
        reason,
        count(*) as rejected_rows,
        count(*) filter (state = 'open') as open_rows,
        count(*) filter (state = 'closed') as closed_rows,
        min(file_name) as example_file_name,
        arg_min(line_number, row(file_name, line_number)) as example_line_number,
        arg_min(message, row(file_name, line_number)) as example_message
    from rejected
    group by entity, source_name, reason
),

fates as (
    select
        entity,
        source_name,
        'accepted' as fate,
        'accepted' as reason,
        accepted as counted_rows,
        0 as open_rows,
        0 as closed_rows,
        cast(null as varchar) as example_file_name,
        cast(null as bigint) as example_line_number,
        cast(null as varchar) as example_message
    from loads
    union all
    select
        entity,
        source_name,
        'filtered' as fate,
        'filtered' as reason,
        filtered as counted_rows,
        0 as open_rows,
        0 as closed_rows,
        null as example_file_name,
        null as example_line_number,
        null as example_message
    from loads
    where filtered > 0
    union all
    select
        entity,
        source_name,
        'rejected' as fate,
        reason,
        rejected_rows as counted_rows,
        open_rows,
        closed_rows,
        example_file_name,
        example_line_number,
        example_message
    from reasons
    union all
    select
        entity,
        source_name,
        'noted' as fate,
        note as reason,
        noted_rows as counted_rows,
        0 as open_rows,
        0 as closed_rows,
        first_file_name as example_file_name,
        first_line_number as example_line_number,
        message as example_message
    from noted
),

final as (
    select
        fates.entity,
        fates.source_name,
        fates.fate,
        fates.reason,
        cast(fates.counted_rows as bigint) as counted_rows,
        cast(fates.open_rows as bigint) as open_rows,
        cast(fates.closed_rows as bigint) as closed_rows,
        fates.example_file_name,
        fates.example_line_number,
        fates.example_message,
        parameters.as_of_date
    from fates
    cross join parameters
)

select * from final
order by entity, source_name, fate, reason
