-- The export stage adds a row per segment and destination before the snapshot is published.
with totals as (
    {% for room in ['load', 'order', 'refund', 'customer'] -%}
    select
        check_name,
        scope,
        currency,
        side,
        total_name,
        amount
    from {{ ref('int_quality__' ~ room ~ '_totals') }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- Each name once per side, also where it stands for several sums.
summed as (
    select
        check_name,
        scope,
        currency,
        side,
        total_name,
        cast(coalesce(sum(amount), 0) as decimal(28, 2)) as amount
    from totals
    group by check_name, scope, currency, side, total_name
),

compared as (
    select
        check_name,
        scope,
        currency,
        any_value(total_name) filter (side = 'left') as left_name,
        coalesce(sum(amount) filter (side = 'left'), 0) as left_value,
        any_value(total_name) filter (side = 'right') as right_name,
        coalesce(sum(amount) filter (side = 'right'), 0) as right_value,
        string_agg(total_name, ', ' order by total_name) filter (side = 'remainder')
            as remainder_name,
        string_agg(
            concat(total_name, ' ', cast(amount as varchar)), ', ' order by total_name
        ) filter (side = 'remainder') as remainder_parts,
        coalesce(sum(amount) filter (side = 'remainder'), 0) as remainder
    from summed
    group by check_name, scope, currency
),

-- A currency in which one side is nothing has its name from the others.
named as (
    select
        *,
        coalesce(left_name, max(left_name) over by_check, 'nothing') as either_left_name,
        coalesce(right_name, max(right_name) over by_check, 'nothing') as either_right_name
    from compared
    window by_check as (partition by check_name)
),

parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

final as (
    select
        named.check_name,
        named.scope,
        named.currency,
        named.either_left_name as left_name,
        cast(named.left_value as decimal(28, 2)) as left_value,
        named.either_right_name as right_name,
        cast(named.right_value as decimal(28, 2)) as right_value,
        named.remainder_name,
        named.remainder_parts,
        cast(named.remainder as decimal(28, 2)) as remainder,
        cast(named.left_value - named.right_value - named.remainder as decimal(28, 2))
            as difference,
        parameters.as_of_date
    from named
    cross join parameters
)

select * from final
order by check_name, scope, currency
