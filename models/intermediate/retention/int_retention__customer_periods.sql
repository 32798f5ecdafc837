{%- set grains = {'week': 'days', 'month': 'days', 'quarter': 'months', 'year': 'quarters'} %}
{%- set larger = {'month': ['quarter_id', 'year_id'], 'quarter': ['year_id']} %}

-- One row per customer × week, month, quarter or year with a sale, a refund, a cost or a contract
-- in force: active or not, and the period before.
with profiles as (
    select
        customer_key,
        basis
    from {{ ref('int_customers__profiles') }}
),

days as (
    select
        customer_key,
        is_purchase_day as has_purchase,
        orders,
        {{ whole_cents('net_sales_booked') }} as net_sales,
        {{ whole_cents('net_sales_attributed') }} as net_sales_attributed,
        {{ whole_cents('margin_attributed') }} as margin_attributed,
        {{ period_id('week', 'sales_date') }} as week_id,
        {{ period_id('month', 'sales_date') }} as month_id,
        {{ period_id('quarter', 'sales_date') }} as quarter_id,
        {{ period_id('year', 'sales_date') }} as year_id
    from {{ ref('int_sales__customer_days') }}
),

{% for grain, finer in grains.items() -%}
{%- set keys = ['customer_key', grain ~ '_id'] + larger.get(grain, []) -%}
{{ grain }}s as (
    select
        {{ keys | join(', ') }},
        bool_or(has_purchase) as has_purchase,
        cast(sum(orders) as integer) as orders,
        sum(net_sales) as net_sales,
        sum(net_sales_attributed) as net_sales_attributed,
        sum(margin_attributed) as margin_attributed
    from {{ finer }}
    group by {{ keys | join(', ') }}
),

{% endfor -%}
sales as (
    {% for grain in grains -%}
    select
        customer_key,
        {{ grain }}_id as period_id,
        has_purchase,
        orders,
        {{ from_cents('net_sales') }} as net_sales,
        {{ from_cents('net_sales_attributed') }} as net_sales_attributed,
        {{ from_cents('margin_attributed') }} as margin_attributed
    from {{ grain }}s
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

by_basis as (
    select
        sales.*,
        profiles.basis
    from sales
    inner join profiles
        on sales.customer_key = profiles.customer_key
),

-- Who has a contract is active by it, not by purchases.
contractual as (
    select
        customer_key,
        period_id,
        false as is_in_force,
        orders,
        net_sales,
        net_sales_attributed,
        margin_attributed
    from by_basis
    where basis = 'contractual'
    union all by name
    select
        customer_key,
        period_id,
        is_in_force
    from {{ ref('int_retention__contract_periods') }}
),

active as (
    select
        customer_key,
        period_id,
        has_purchase as is_active,
        orders,
        net_sales,
        net_sales_attributed,
        margin_attributed
    from by_basis
    where basis = 'transactional'
    union all
    select
        customer_key,
        period_id,
        bool_or(is_in_force) as is_active,
        cast(coalesce(sum(orders), 0) as integer) as orders,
        {{ cents('sum(net_sales)') }} as net_sales,
        {{ cents('sum(net_sales_attributed)') }} as net_sales_attributed,
        {{ cents('sum(margin_attributed)') }} as margin_attributed
    from contractual
    group by customer_key, period_id
),

followed as (
    select
        *,
        coalesce(
            lag(is_active) over by_period and lag(period_id) over by_period = period_id - 1, false
        ) as was_active_before,
        case
            when lag(period_id) over by_period = period_id - 1
                then lag(net_sales) over by_period
        end as previous_net_sales,
        coalesce(lead(period_id) over by_period = period_id + 1, false) as is_followed
    from active
    window by_period as (partition by customer_key order by period_id)
)

select * from followed
