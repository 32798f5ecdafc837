with quadrants as (
    select
        snapshot_date,
        customer_key,
        quadrant,
        profitability
    from {{ ref('quadrants') }}
),

-- Before anybody was in a quadrant nobody was observed, and nobody joins from there.
snapshots as (
    select * from {{ ref('int_quadrants__snapshots') }}
    where snapshot_date >= (select min(quadrants.snapshot_date) from quadrants)
),

moves as (
    select
        earlier.snapshot_date as from_date,
        later.snapshot_date as to_date
    from snapshots as earlier
    inner join snapshots as later
        on earlier.snapshot_number = later.snapshot_number + 1
),

earlier as (
    select
        moves.from_date,
        moves.to_date,
        quadrants.customer_key,
        quadrants.quadrant,
        quadrants.profitability
    from quadrants
    inner join moves
        on quadrants.snapshot_date = moves.from_date
),

later as (
    select
        moves.from_date,
        moves.to_date,
        quadrants.customer_key,
        quadrants.quadrant,
        quadrants.profitability
    from quadrants
    inner join moves
        on quadrants.snapshot_date = moves.to_date
),

moved as (
    select
        coalesce(earlier.from_date, later.from_date) as from_date,
        coalesce(earlier.to_date, later.to_date) as to_date,
        coalesce(earlier.quadrant, 'joined') as from_quadrant,
        coalesce(later.quadrant, 'left') as to_quadrant,
        count(*) as customers,
        sum(earlier.profitability) as margin_before,
        sum(later.profitability) as margin_after
    from earlier
    full outer join later
        on
            earlier.customer_key = later.customer_key
            and earlier.to_date = later.to_date
    group by all
),

parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

final as (
    select
        moved.from_date,
        moved.to_date,
        moved.from_quadrant,
        moved.to_quadrant,
        moved.customers,
        {{ cents('moved.margin_before') }} as margin_before,
        {{ cents('moved.margin_after') }} as margin_after,
        parameters.as_of_date
    from moved
    cross join parameters
)

select * from final
order by from_date, from_quadrant, to_quadrant
