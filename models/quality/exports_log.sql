with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

final as (
    select
        as_of_date as export_date,
        cast(null as integer) as export_number,
        cast(null as varchar) as segment,
        cast(null as varchar) as destination,
        cast(null as varchar) as audience,
        cast(null as varchar) as sync_mode,
        cast(null as varchar) as state,
        cast(null as varchar) as outcome,
        cast(null as bigint) as customers,
        cast(null as bigint) as segment_customers,
        as_of_date
    from parameters
    -- Exports are staged after this is built: they enter their rows themselves.
    where false
)

select * from final
