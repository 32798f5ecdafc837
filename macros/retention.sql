{#- All that the rates of retention are made of, summed over rows of int_retention__judged_periods:
    a select list. -#}
{% macro retention_sums() -%}
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
{%- endmacro %}
