{#- The names of all variables that stand in quality.run_parameters. -#}
{% macro parameter_names() -%}
    {{ return([
        'reporting_currency', 'reporting_timezone', 'week_start', 'fiscal_year_start_month',
        'data_start', 'default_gross_margin',
        'refunds_return_goods', 'small_base', 'benchmark_industry', 'benchmark_grain',
        'rhythm_prior_days', 'rhythm_default_days', 'rhythm_prior_gaps', 'churn_multiple',
        'at_risk_multiple', 'min_churn_days', 'max_churn_days', 'churn_window_days',
        'contract_gap_days', 'renewal_notice_days', 'reason_lookback_days', 'rising_growth',
        'pareto_history_quarters', 'loyalty_weights',
        'loyalty_threshold', 'profitability_threshold', 'quadrant_history_months',
        'relationship_medium_margin', 'relationship_high_margin', 'onboarding_contact_days',
        'max_accounts_per_manager', 'key_account_min_share', 'second_purchase_due_share',
        'winback_max_days', 'winback_min_margin', 'detractor_call_days', 'birthday_notice_days',
        'price_sensitive_discount_share', 'price_sensitive_coupon_share',
        'price_sensitive_min_orders', 'campaign_response_days', 'unit_of_analysis', 'max_shared_identity',
        'max_household_size',
    ]) }}
{%- endmacro %}
