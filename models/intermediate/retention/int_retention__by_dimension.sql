{%- set dimensions = ['country'] %}

-- One row per reported month × dimension × value: the counts and sums that the rates are made of.
with months as (
    select
        month,
        month_end,
        has_ended,
        is_reported,
        is_previous_observed,
        is_observed
    from {{ ref('int_run__months') }}
),

flows as (
    select
        month,
        {{ dimension_columns(dimensions) }},
        sum(active_end) as active_end,
        sum(retained_customers) as retained_customers,
        sum(reactivated_customers) as reactivated_customers,
        sum(lost_new_customers) as lost_new_customers,
        sum(net_sales) as net_sales,
        sum(active_net_sales) as active_net_sales,
        sum(active_floored_net_sales) as active_floored_net_sales,
        sum(followed_net_sales) as followed_net_sales,
        sum(kept_net_sales) as kept_net_sales,
        sum(returning_net_sales) as returning_net_sales,
        sum(buyers_net_sales) as buyers_net_sales
    from {{ ref('int_retention__monthly_flows') }}
    group by {{ by_dimension(['month'], dimensions) }}
),

newcomers as (
    select
        month,
        {{ dimension_columns(dimensions) }},
        sum(new_customers) as new_customers,
        sum(first_buyers) as first_buyers,
        sum(second_buyers) as second_buyers
    from {{ ref('int_retention__newcomers') }}
    group by {{ by_dimension(['month'], dimensions) }}
),

dimension_values as (
    select {{ dimension_columns(dimensions) }}
    from {{ ref('int_customers__profiles') }}
    group by {{ by_dimension([], dimensions) }}
),

-- Every month for every value, so that a month in which nothing happened reads 0.
spine as (
    select
        months.*,
        dimension_values.dimension_name,
        dimension_values.dimension_value
    from months
    cross join dimension_values
),

joined as (
    select
        spine.*,
        {% for column in [
            'active_end', 'retained_customers', 'reactivated_customers', 'lost_new_customers',
            'net_sales', 'active_net_sales', 'active_floored_net_sales', 'followed_net_sales',
            'kept_net_sales', 'returning_net_sales', 'buyers_net_sales'
        ] -%}
        coalesce(flows.{{ column }}, 0) as {{ column }},
        {% endfor -%}
        coalesce(newcomers.new_customers, 0) as new_customers,
        coalesce(newcomers.first_buyers, 0) as first_buyers,
        coalesce(newcomers.second_buyers, 0) as second_buyers
    from spine
    left join flows
        on
            spine.month = flows.month
            and spine.dimension_name = flows.dimension_name
            and spine.dimension_value = flows.dimension_value
    left join newcomers
        on
            spine.month = newcomers.month
            and spine.dimension_name = newcomers.dimension_name
            and spine.dimension_value = newcomers.dimension_value
),

followed as (
    select
        *,
        coalesce(lag(active_end) over by_month, 0) as active_start,
        lag(active_net_sales) over by_month as previous_net_sales,
        lag(active_floored_net_sales) over by_month as previous_floored_net_sales,
        sum(new_customers) over by_month - new_customers as customers_before,
        sum(first_buyers) over by_month as buyers_so_far,
        sum(second_buyers) over by_month as repeat_buyers_so_far
    from joined
    window by_month as (
        partition by dimension_name, dimension_value
        order by month
        rows between unbounded preceding and current row
    )
)

select * from followed
where is_reported
