with profiles as (
    select * from {{ ref('int_customers__profiles') }}
),

-- The two dimensions that the customer's own figures decide.
dimensions as (
    select
        customer_key,
        relationship_level,
        service_tier
    from {{ ref('int_customers__dimensions') }}
),

customer_values as (
    select * from {{ ref('int_customers__values') }}
),

churn_states as (
    select * from {{ ref('customer_churn') }}
),

rfm as (
    select * from {{ ref('customer_rfm') }}
),

-- Downstream uses contribution margin of the trailing 365 days.
pareto as (
    select
        customer_key,
        pareto_class,
        is_rising
    from {{ ref('pareto') }}
    where basis = 'contribution_margin' and window_name = 'trailing_365d'
),

quadrants as (
    select * from {{ ref('quadrants') }}
    where snapshot_date = as_of_date
),

addresses as (
    select * from {{ ref('int_customers__addresses') }}
),

purchases as (
    select * from {{ ref('int_customers__purchases') }}
),

contacts as (
    select * from {{ ref('int_customers__contacts') }}
),

voice as (
    select * from {{ ref('int_customers__voice') }}
),

contracts as (
    select * from {{ ref('int_customers__contracts') }}
),

actions as (
    select * from {{ ref('int_customers__actions') }}
),

parameters as (
    select reporting_currency from {{ ref('int_run__parameters') }}
),

final as (
    select
        profiles.customer_key,
        profiles.customer_id,
        profiles.basis,
        profiles.customer_type,
        profiles.acquisition_channel,
        profiles.country,
        profiles.first_product_category,
        dimensions.relationship_level,
        dimensions.service_tier,
        profiles.manager_id,
        profiles.first_purchase_date,
        profiles.last_purchase_date,
        profiles.first_contract_date,
        profiles.purchase_days,
        cast(coalesce(customer_values.orders, 0) as bigint) as orders,
        {% for column, source in {
            'gross_sales': 'gross_sales_all_time',
            'discounts': 'discounts',
            'refunds': 'refunds',
            'net_sales': 'net_sales',
            'cost_of_goods': 'cost_of_goods',
            'shipping_and_fees': 'shipping_and_fees',
            'cost_to_serve': 'cost_to_serve',
            'contribution_margin': 'contribution_margin',
            'contribution_margin_365d': 'contribution_margin_trailing_365d',
        }.items() -%}
        cast(coalesce(customer_values.{{ source }}, 0) as decimal(18, 2)) as {{ column }},
        {% endfor -%}
        parameters.reporting_currency as currency,
        churn_states.customer_state,
        churn_states.churned_at,
        churn_states.days_since_last_purchase,
        churn_states.days_since_last_contact_in,
        churn_states.days_since_last_contact_out,
        churn_states.is_contact_overdue,
        pareto.pareto_class,
        coalesce(pareto.is_rising, false) as is_rising,
        quadrants.quadrant,
        quadrants.loyalty_score,
        rfm.recency_score,
        rfm.frequency_score,
        rfm.monetary_score,
        rfm.rfm_segment,
        addresses.city,
        addresses.region,
        addresses.language,
        addresses.acquisition_campaign,
        addresses.parent_customer_key,
        addresses.parent_customer_id,
        purchases.first_order_value,
        purchases.first_order_channel,
        purchases.last_order_value,
        purchases.last_order_channel,
        purchases.average_order_value,
        purchases.coupon_orders,
        purchases.discount_share,
        purchases.refund_share,
        purchases.first_refund_date,
        purchases.last_refund_date,
        churn_states.median_gap_days,
        churn_states.expected_gap_days,
        contacts.last_inbound_date,
        contacts.last_inbound_channel,
        contacts.last_outbound_date,
        contacts.last_outbound_channel,
        contacts.contacts_365d,
        contacts.complaints_365d,
        contacts.preferred_contact_direction,
        contacts.next_contact_date,
        voice.nps_score,
        voice.nps_date,
        voice.referrals_made,
        contracts.contracts_in_force,
        contracts.monthly_recurring_revenue,
        contracts.next_contract_end_date,
        contracts.last_contract_end_date,
        contracts.is_auto_renewing,
        contracts.is_contract_cancelled,
        contracts.contract_cancelled_date,
        contracts.is_renewal_due,
        actions.next_best_action_en,
        actions.next_best_action_ru,
        churn_states.as_of_date
    from profiles
    cross join parameters
    inner join dimensions
        on profiles.customer_key = dimensions.customer_key
    inner join churn_states
        on profiles.customer_key = churn_states.customer_key
    inner join addresses
        on profiles.customer_key = addresses.customer_key
    inner join purchases
        on profiles.customer_key = purchases.customer_key
    inner join contacts
        on profiles.customer_key = contacts.customer_key
    inner join voice
        on profiles.customer_key = voice.customer_key
    inner join contracts
        on profiles.customer_key = contracts.customer_key
    inner join actions
        on profiles.customer_key = actions.customer_key
    left join customer_values
        on profiles.customer_key = customer_values.customer_key
    left join rfm
        on profiles.customer_key = rfm.customer_key
    left join pareto
        on profiles.customer_key = pareto.customer_key
    left join quadrants
        on profiles.customer_key = quadrants.customer_key
)

select * from final
order by customer_key
