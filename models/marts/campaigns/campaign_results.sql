{%- set dimensions = ['acquisition_channel', 'country', 'customer_type', 'basis'] %}
{%- set arms = ['treated', 'held_out'] %}
{%- set amounts = ['sales', 'margin'] %}

with parameters as (
    select
        as_of_date,
        reporting_currency
    from {{ ref('int_run__parameters') }}
),

campaigns as (
    select
        campaigns.campaign_id,
        campaigns.segment,
        campaigns.destination,
        campaigns.starts_on,
        {{ response_window_days() }} as response_window_days,
        parameters.as_of_date,
        case
            when
                coalesce(campaigns.currency, parameters.reporting_currency)
                = parameters.reporting_currency
                or rates.rate is not null
                then {{ reporting_amount('campaigns.cost_amount', 'rates.rate') }}
        end as cost_amount
    from {{ ref('stg_campaigns') }} as campaigns
    cross join parameters
    left join {{ ref('int_run__daily_rates') }} as rates
        on
            campaigns.currency = rates.currency
            and campaigns.starts_on = rates.rate_date
            and campaigns.currency != parameters.reporting_currency
    where campaigns.starts_on <= parameters.as_of_date
),

members as (
    select
        campaign_id,
        customer_key
    from {{ ref('int_campaigns__members') }}
),

responses as (
    select
        *,
        cast(net_sales * 100 as hugeint) as sales_cents,
        cast(contribution_margin * 100 as hugeint) as margin_cents
    from {{ ref('int_campaigns__responses') }}
),

dimensions as (
    select
        customer_key,
        {{ dimensions | join(', ') }}
    from {{ ref('int_customers__dimensions') }}
),

placed as (
    select
        members.campaign_id,
        responses.arm,
        responses.is_active_before,
        responses.is_converted,
        responses.sales_cents,
        responses.margin_cents,
        {{ dimensions | join(', ') }}
    from members
    inner join dimensions
        on members.customer_key = dimensions.customer_key
    left join responses
        on
            members.campaign_id = responses.campaign_id
            and members.customer_key = responses.customer_key
),

counted as (
    select
        campaign_id,
        {{ dimension_columns(dimensions) }},
        {% for arm in arms -%}
        count(*) filter (arm = '{{ arm }}') as {{ arm }}_customers,
        count(*) filter (arm = '{{ arm }}' and is_converted) as {{ arm }}_converted,
        count(*) filter (arm = '{{ arm }}' and is_active_before) as {{ arm }}_active_before,
        count(*) filter (arm = '{{ arm }}' and is_active_before and is_converted)
            as {{ arm }}_retained,
        {% for amount in amounts -%}
        sum({{ amount }}_cents) filter (arm = '{{ arm }}') as {{ arm }}_{{ amount }},
        sum({{ amount }}_cents * {{ amount }}_cents) filter (arm = '{{ arm }}')
            as {{ arm }}_{{ amount }}_squares,
        {% endfor -%}
        {% endfor -%}
        count(*) filter (arm is null) as pending_customers
    from placed
    group by {{ by_dimension(['campaign_id'], dimensions) }}
),

measured as (
    select
        *,
        {% for arm in arms -%}
        {{ share(arm ~ '_converted', arm ~ '_customers') }} as {{ arm }}_conversion_rate,
        {{ share(arm ~ '_retained', arm ~ '_active_before') }} as {{ arm }}_crr,
        {% for amount in amounts -%}
        {{ share(arm ~ '_' ~ amount, arm ~ '_customers') }} / 100
            as {{ arm }}_{{ amount }}_per_customer,
        {{ squared_error_of_mean(
            arm ~ '_customers', arm ~ '_' ~ amount, arm ~ '_' ~ amount ~ '_squares'
        ) }} as {{ arm }}_{{ amount }}_squared_error,
        {% endfor -%}
        {% endfor -%}
        least(treated_customers, held_out_customers) as smaller_arm
    from counted
),

uplifted as (
    select
        *,
        treated_conversion_rate - held_out_conversion_rate as conversion_uplift,
        treated_crr - held_out_crr as crr_uplift,
        treated_sales_per_customer - held_out_sales_per_customer as sales_uplift,
        treated_margin_per_customer - held_out_margin_per_customer as margin_uplift,
        1.959963984540054 * sqrt(treated_sales_squared_error + held_out_sales_squared_error)
            as sales_half_width,
        1.959963984540054 * sqrt(treated_margin_squared_error + held_out_margin_squared_error)
            as margin_half_width
    from measured
),

final as (
    select
        campaigns.campaign_id,
        coalesce(uplifted.dimension_name, 'all') as dimension_name,
        coalesce(uplifted.dimension_value, 'all') as dimension_value,
        campaigns.segment,
        campaigns.destination,
        campaigns.starts_on,
        cast(campaigns.response_window_days as integer) as response_window_days,
        {% for count in [
            'treated_customers', 'held_out_customers', 'pending_customers', 'treated_converted',
            'held_out_converted', 'treated_active_before', 'held_out_active_before'
        ] -%}
        coalesce(uplifted.{{ count }}, 0) as {{ count }},
        {% endfor -%}
        uplifted.treated_conversion_rate,
        uplifted.held_out_conversion_rate,
        uplifted.conversion_uplift,
        {% for bound in ['lower', 'upper'] -%}
        {{ share_difference_limit(
            bound, 'uplifted.treated_converted', 'uplifted.treated_customers',
            'uplifted.held_out_converted', 'uplifted.held_out_customers'
        ) }} as conversion_uplift_{{ bound }}_95,
        {% endfor -%}
        {% for amount in amounts -%}
        uplifted.treated_{{ amount }}_per_customer,
        uplifted.held_out_{{ amount }}_per_customer,
        uplifted.{{ amount }}_uplift,
        uplifted.{{ amount }}_uplift - uplifted.{{ amount }}_half_width
            as {{ amount }}_uplift_lower_95,
        uplifted.{{ amount }}_uplift + uplifted.{{ amount }}_half_width
            as {{ amount }}_uplift_upper_95,
        {% endfor -%}
        uplifted.treated_crr,
        uplifted.held_out_crr,
        uplifted.crr_uplift,
        {% for bound in ['lower', 'upper'] -%}
        {{ share_difference_limit(
            bound, 'uplifted.treated_retained', 'uplifted.treated_active_before',
            'uplifted.held_out_retained', 'uplifted.held_out_active_before'
        ) }} as crr_uplift_{{ bound }}_95,
        {% endfor -%}
        cast(uplifted.sales_uplift * uplifted.treated_customers as decimal(18, 2))
            as incremental_sales,
        cast(uplifted.margin_uplift * uplifted.treated_customers as decimal(18, 2))
            as incremental_margin,
        -- What a campaign cost is not known of a part of its customers.
        case when coalesce(uplifted.dimension_name, 'all') = 'all' then campaigns.cost_amount end
            as cost_amount,
        case
            when uplifted.dimension_name = 'all' and campaigns.cost_amount > 0
                then
                    uplifted.margin_uplift * uplifted.treated_customers
                    / cast(campaigns.cost_amount as double) - 1
        end as return_on_cost,
        coalesce(uplifted.smaller_arm < {{ var('small_base') }}, true) as is_small_base,
        campaigns.as_of_date
    from campaigns
    left join uplifted
        on campaigns.campaign_id = uplifted.campaign_id
)

select * from final
order by campaign_id, dimension_name, dimension_value
