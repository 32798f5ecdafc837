{%- set ages = [30, 90, 180, 365] %}

with parameters as (
    select
        as_of_date,
        data_start,
        {{ month_start('data_start') }} as first_month
    from {{ ref('int_run__parameters') }}
),

monthly_spend as (
    select * from {{ ref('int_channels__monthly_spend') }}
),

-- Without any marketing spend, what a channel cost is not known; else no entry is no cost.
known as (
    select count(*) > 0 as has_spend
    from monthly_spend
),

spends as (
    select
        channel as acquisition_channel,
        month as cohort_month,
        spend,
        spend is null as is_unconverted
    from monthly_spend
    where purpose = 'acquire'
),

margins as (
    select * from {{ ref('int_channels__cohort_margins') }}
),

further_days as (
    select
        purchase_days.customer_key,
        min(purchase_days.purchase_date) as further_date
    from {{ ref('int_sales__purchase_days') }} as purchase_days
    inner join {{ ref('int_customers__profiles') }} as profiles
        on
            purchase_days.customer_key = profiles.customer_key
            and purchase_days.purchase_date > profiles.cohort_date
    group by purchase_days.customer_key
),

-- Downstream uses contribution margin of the trailing 365 days.
classes as (
    select
        customer_key,
        pareto_class
    from {{ ref('pareto') }}
    where basis = 'contribution_margin' and window_name = 'trailing_365d'
),

scores as (
    select
        customer_key,
        loyalty_score
    from {{ ref('quadrants') }}
    where snapshot_date = as_of_date
),

customers as (
    select
        profiles.acquisition_channel,
        {{ month_start('profiles.cohort_date') }} as cohort_month,
        {{ days_between('profiles.cohort_date', 'further_days.further_date') }} as days_to_further,
        coalesce(classes.pareto_class = 'A', false) as is_class_a,
        scores.loyalty_score
    from {{ ref('int_customers__profiles') }} as profiles
    left join further_days
        on profiles.customer_key = further_days.customer_key
    left join classes
        on profiles.customer_key = classes.customer_key
    left join scores
        on profiles.customer_key = scores.customer_key
    where profiles.cohort_date is not null
),

cohorts as (
    select
        acquisition_channel,
        cohort_month,
        count(*) as new_customers,
        {% for age in ages -%}
        count(*) filter (days_to_further <= {{ age }}) as repeated_{{ age }}d,
        {% endfor -%}
        count(*) filter (is_class_a) as class_a_customers,
        avg(cast(loyalty_score as double)) as mean_loyalty_score
    from customers
    group by acquisition_channel, cohort_month
),

cells as (
    select
        acquisition_channel,
        cohort_month,
        cohorts.* exclude (acquisition_channel, cohort_month),
        spends.spend as spend_of_cell,
        coalesce(spends.is_unconverted, false) as is_unconverted,
        coalesce(cohorts.new_customers, 0) as customers
    from cohorts
    full join spends using (acquisition_channel, cohort_month)
),

paid as (
    select
        cells.*,
        parameters.as_of_date,
        cells.cohort_month >= parameters.data_start as is_observed,
        case
            when known.has_spend and not cells.is_unconverted then coalesce(cells.spend_of_cell, 0)
        end as spend
    from cells
    cross join parameters
    cross join known
    where cells.new_customers is not null or cells.cohort_month >= parameters.first_month
),

aged as (
    select
        acquisition_channel,
        cohort_month,
        {% for age in ages -%}
        sum(margin_{{ age }}d) as margin_{{ age }}d{{ ',' if not loop.last }}
        {% endfor %}
    from margins
    group by acquisition_channel, cohort_month
),

-- A cohort may have paid for itself before anybody of it bought: where it cost nothing.
months as (
    select
        acquisition_channel,
        cohort_month,
        months_since,
        margin
    from margins
    union all
    select
        acquisition_channel,
        cohort_month,
        0 as months_since,
        0 as margin
    from cohorts
),

accumulated as (
    select
        acquisition_channel,
        cohort_month,
        months_since,
        sum(margin) over (
            partition by acquisition_channel, cohort_month
            order by months_since
            range between unbounded preceding and current row
        ) as cumulative_margin
    from months
),

paid_back as (
    select
        paid.acquisition_channel,
        paid.cohort_month,
        min(accumulated.months_since) as months_to_pay_back
    from paid
    inner join accumulated
        on
            paid.acquisition_channel = accumulated.acquisition_channel
            and paid.cohort_month = accumulated.cohort_month
    where
        accumulated.cumulative_margin >= paid.spend
        and last_day({{ add_months('paid.cohort_month', 'accumulated.months_since') }})
        <= paid.as_of_date
    group by paid.acquisition_channel, paid.cohort_month
),

joined as (
    select
        paid.*,
        paid_back.months_to_pay_back,
        {% for age in ages -%}
        {% set is_complete = 'paid.is_observed and '
            ~ add_days('last_day(paid.cohort_month)', age) ~ ' <= paid.as_of_date' -%}
        case when {{ is_complete }} then paid.new_customers end as observed_{{ age }}d,
        case when {{ is_complete }} then coalesce(aged.margin_{{ age }}d, 0) end
            as margin_{{ age }}d{{ ',' if not loop.last }}
        {% endfor %}
    from paid
    left join aged
        on
            paid.acquisition_channel = aged.acquisition_channel
            and paid.cohort_month = aged.cohort_month
    left join paid_back
        on
            paid.acquisition_channel = paid_back.acquisition_channel
            and paid.cohort_month = paid_back.cohort_month
),

final as (
    select
        acquisition_channel,
        cohort_month,
        cast(customers as bigint) as new_customers,
        cast(spend as decimal(18, 2)) as spend,
        {{ share('spend', 'customers') }} as cost_per_customer,
        {% for age in ages -%}
        {{ share('repeated_' ~ age ~ 'd', 'observed_' ~ age ~ 'd') }} as repeat_share_{{ age }}d,
        {% endfor -%}
        {% for age in ages -%}
        {{ share('margin_' ~ age ~ 'd', 'observed_' ~ age ~ 'd') }}
            as cumulative_margin_per_customer_{{ age }}d,
        {% endfor -%}
        {% for age in ages -%}
        case when observed_{{ age }}d > 0 then {{ share('margin_' ~ age ~ 'd', 'spend') }} end
            as margin_to_cost_{{ age }}d,
        {% endfor -%}
        cast(months_to_pay_back as integer) as months_to_pay_back,
        {{ share('class_a_customers', 'customers') }} as class_a_share,
        mean_loyalty_score,
        as_of_date
    from joined
)

select * from final
order by acquisition_channel, cohort_month
