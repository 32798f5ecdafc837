{#- The customer that an order belongs to: the one it names, else the guest whom it is itself. Only
    guests of whom an identifier counts are in int_customers__resolved.
    `orders`: name or alias of the relation with customer_id and order_id. -#}
{% macro order_customer_id(orders) -%}
    coalesce({{ orders }}.customer_id, 'guest:' || {{ orders }}.order_id)
{%- endmacro %}

{#- Times at which customers appeared without ordering: refunds, interactions, answers, referrals; rows
    of customer_id, appeared_at. -#}
{% macro appearances_without_order() -%}
    select
        customer_id,
        refunded_at as appeared_at
    from {{ ref('stg_refunds') }}
    union all
    select
        customer_id,
        occurred_at as appeared_at
    from {{ ref('stg_interactions') }}
    union all
    select
        customer_id,
        answered_at as appeared_at
    from {{ ref('stg_feedback') }}
    union all
    select
        referrer_id as customer_id,
        referred_at as appeared_at
    from {{ ref('stg_referrals') }}
{%- endmacro %}

{#- Spelled one way: an e-mail address in lower case, of anything else the digits; NULL for neither.
    `identifier`: SQL of an address or a telephone number. -#}
{% macro bare_identifier(identifier) -%}
    case
        when {{ identifier }} like '%@%' then lower(trim({{ identifier }}))
        when length(regexp_replace({{ identifier }}, '[^0-9]', '', 'g')) >= 5
            then regexp_replace({{ identifier }}, '[^0-9]', '', 'g')
    end
{%- endmacro %}
