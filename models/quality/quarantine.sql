-- Values and raw rows stay in the quarantine folder: they may be personal.
with rejected as (
    select * from {{ source('landing', '_quarantine') }}
),

unconverted as (
    select * from {{ ref('int_quality__unconverted') }}
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
        reason,
        case reason
            when 'no_exchange_rate'
                then
                    'no rate of ' || currencies || ' for ' || cast(rate_date as varchar)
                    || ' or the 7 days before; deliver exchange_rates, add it to '
                    || 'seeds/exchange_rates.csv, or correct the currency, and run again'
            when 'mixed_currencies'
                then
                    'an order is in one currency, this one names ' || currencies
                    || '; deliver it or its lines again with the right one, and run again'
        end as message,
        case reason when 'no_exchange_rate' then 'no rate: ' else 'mixed currencies: ' end
        || entity || ' ' || record_id as entry_id,
        'open' as state,
        cast(null as varchar) as closed_as,
        0 as tries
    from unconverted
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
