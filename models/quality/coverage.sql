{#- Entity → the column whose time says when a row happened, and the optional columns that figures
    depend on. The seed input_dependencies says which figures; data tests hold the two together. -#}
{%- set entities = {
    'customers': ('created_at', [
        'email', 'phone', 'company_name', 'country', 'customer_type', 'acquisition_channel',
        'service_tier', 'manager_id', 'parent_customer_id', 'merged_into_id', 'external_ids',
        'is_test',
    ]),
    'contacts': (none, []),
    'consents': ('recorded_at', []),
    'suppressions': ('recorded_at', []),
    'orders': ('ordered_at', [
        'customer_id', 'status', 'currency', 'gross_amount', 'discount_amount',
        'shipping_cost_amount', 'payment_fee_amount', 'country', 'email', 'phone',
    ]),
    'order_lines': ('ordered_at', ['product_id', 'discount_amount', 'unit_cost', 'category']),
    'refunds': ('refunded_at', ['order_id', 'customer_id', 'currency']),
    'products': (none, ['category', 'unit_cost', 'valid_from']),
    'contracts': ('started_on', [
        'ends_on', 'cancelled_on', 'recurring_amount', 'billing_period', 'currency', 'auto_renews',
        'cancel_reason',
    ]),
    'interactions': ('occurred_at', [
        'direction', 'channel', 'cost_amount', 'next_contact_on', 'kind', 'reason'
    ]),
    'feedback': ('answered_at', ['kind', 'score', 'reason']),
    'referrals': ('referred_at', ['referred_id']),
    'marketing_spend': ('spend_date', ['purpose', 'currency']),
    'campaigns': ('starts_on', ['response_window_days', 'cost_amount', 'currency']),
    'exchange_rates': ('rate_date', []),
} -%}
{%- set days = ['started_on', 'spend_date', 'starts_on', 'rate_date'] -%}

with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

dependencies as (
    select * from {{ ref('input_dependencies') }}
),

-- One scan per entity, of the columns named alone.
{% for entity, (event, columns) in entities.items() -%}
{{ entity }}_counted as (
    select
        {% for column in columns -%}
        count({{ column }}) as {{ column }}_rows,
        {{ picked_event_date('min', event, event in days, column) }} as {{ column }}_first_date,
        {{ picked_event_date('max', event, event in days, column) }} as {{ column }}_last_date,
        {% endfor -%}
        count(*) as entity_rows,
        {{ picked_event_date('min', event, event in days, '*') }} as entity_first_date,
        {{ picked_event_date('max', event, event in days, '*') }} as entity_last_date
    from {{ source('landing', entity) }}
),

{% endfor -%}
counted as (
    {% for entity, (event, columns) in entities.items() -%}
    {% for column in columns -%}
    select
        '{{ entity }}' as entity,
        '{{ column }}' as column_name,
        entity_rows,
        {{ column }}_rows as filled_rows,
        {{ column }}_first_date as first_date,
        {{ column }}_last_date as last_date
    from {{ entity }}_counted
    union all
    {% endfor -%}
    select
        '{{ entity }}' as entity,
        '*' as column_name,
        entity_rows,
        entity_rows as filled_rows,
        entity_first_date as first_date,
        entity_last_date as last_date
    from {{ entity }}_counted
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- Whoever adds an entity or a dependency adds it on both sides: what is missing on one is found by
-- the tests.
final as (
    select
        coalesce(counted.entity, dependencies.entity) as entity,
        coalesce(counted.column_name, dependencies.column_name) as column_name,
        counted.filled_rows > 0 as is_present,
        cast(counted.filled_rows as bigint) as row_count,
        case
            when counted.column_name != '*'
                then {{ share('counted.filled_rows', 'counted.entity_rows') }}
        end as filled_share,
        counted.first_date,
        counted.last_date,
        dependencies.fills,
        parameters.as_of_date
    from counted
    full join dependencies
        on
            counted.entity = dependencies.entity
            and counted.column_name = dependencies.column_name
    cross join parameters
)

select * from final
order by entity, column_name
