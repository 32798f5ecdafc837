-- Values and raw rows stay in the quarantine folder: they may be personal.
with rejected as (
    select * from {{ source('landing', '_quarantine') }}
),

without_rate as (
    select * from {{ ref('int_quality__without_rate') }}
),

parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

entries as (
    select
        entity,
        source as source_name,
        file as file_name,
        line as line_number,
        column_name,
        reason,
        message,
        entry_id,
        state,
        closed_as,
        tries
    from rejected
    union all
    select
        entity,
        source_name,
        file_name,
        line_number,
        'currency' as column_name,
        'no_exchange_rate' as reason,
        'has no rate of its day or the seven days before; deliver exchange_rates, or add it to '
        || 'seeds/exchange_rates.csv, and run again' as message,
        'no rate: ' || entity || ' ' || record_id as entry_id,
        'open' as state,
        cast(null as varchar) as closed_as,
        0 as tries
    from without_rate
),

final as (
    select
        entries.entity,
        entries.source_name,
        entries.file_name,
        entries.line_number,
        entries.column_name,
        entries.reason,
        entries.message,
        entries.entry_id,
        entries.state,
        entries.closed_as,
        cast(entries.tries as integer) as tries,
        parameters.as_of_date
    from entries
    cross join parameters
)

select * from final
order by entity, source_name, file_name, line_number, column_name
