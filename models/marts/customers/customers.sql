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

playbook as (
    select
        quadrant,
        next_best_action_en,
        next_best_action_ru
    from {{ ref('quadrant_playbook') }}
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
        playbook.next_best_action_en,
        playbook.next_best_action_ru,
        churn_states.as_of_date
    from profiles
    cross join parameters
    inner join dimensions
        on profiles.customer_key = dimensions.customer_key
    inner join churn_states
        on profiles.customer_key = churn_states.customer_key
    left join customer_values
        on profiles.customer_key = customer_values.customer_key
    left join rfm
        on profiles.customer_key = rfm.customer_key
    left join pareto
        on profiles.customer_key = pareto.customer_key
    left join quadrants
        on profiles.customer_key = quadrants.customer_key
    left join playbook
        on quadrants.quadrant = playbook.quadrant
)

select * from final
order by customer_key
