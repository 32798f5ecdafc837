{#- Summed by length of period: fewer sums at a time stay in the processor's cache. -#}
{%- set grains = [[1], [2, 3, 4], [5], [6], [7]] %}

-- One row per period × group of customers alike × quadrant before the period: all that the rates of
-- retention are made of.
with flows as (
    {% for numbers in grains -%}
    select
        period_id,
        dimension_group,
        quadrant,
        count(*) filter (is_active) as active_end,
        count(*) filter (was_active_before) as active_start,
        count(*) filter (is_active and was_active_before) as retained_customers,
        count(*) filter (is_active and not was_active_before and is_known_before)
            as reactivated_customers,
        count(*) filter (is_active and is_new) as kept_new_customers,
        {{ from_cents('sum(net_cents)') }} as net_sales,
        {{ from_cents('sum(net_cents) filter (was_active_before)') }} as followed_net_sales,
        {{ from_cents('sum(previous_net_cents) filter (was_active_before)') }}
            as previous_net_sales,
        {{ from_cents('sum(greatest(previous_net_cents, 0)) filter (was_active_before)') }}
            as previous_floored_net_sales,
        {{ from_cents(
            'sum(least(greatest(net_cents, 0), greatest(previous_net_cents, 0)))'
            ~ ' filter (was_active_before)'
        ) }} as kept_net_sales,
        {{ from_cents('sum(net_cents) filter (is_returning)') }} as returning_net_sales,
        {{ from_cents('sum(net_cents) filter (is_buyer)') }} as buyers_net_sales
    from {{ ref('int_retention__judged_periods') }}
    where grain_number in ({{ numbers | join(', ') }})
    group by period_id, dimension_group, quadrant
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from flows
