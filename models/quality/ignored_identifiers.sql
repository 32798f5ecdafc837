with ignored as (
    select * from {{ source('identity', 'ignored_identifiers') }}
),

parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

final as (
    select
        ignored.identifier_number,
        ignored.kind,
        ignored.evidence,
        ignored.guard,
        ignored.records,
        ignored.persons,
        parameters.as_of_date
    from ignored
    cross join parameters
)

select * from final
order by identifier_number
