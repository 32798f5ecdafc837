{%- set ages = [30, 90, 180, 365] %}

with parameters as (
    select
        as_of_date,
        data_start
    from {{ ref('int_run__parameters') }}
),

cohorts as (
    select * from {{ ref('int_channels__cohorts') }}
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

cells as (
    select
        acquisition_channel,
        cohort_month
    from cohorts
    union distinct
    select
        spends.acquisition_channel,
        spends.cohort_month
    from spends
    cross join parameters
    where spends.cohort_month >= {{ month_start('parameters.data_start') }}
),

paid as (
    select
        cells.acquisition_channel,
        cells.cohort_month,
        parameters.as_of_date,
        case
            when known.has_spend and not coalesce(spends.is_unconverted, false)
                then coalesce(spends.spend, 0)
        end as spend,
        case
            when cells.cohort_month >= parameters.data_start
                then {{ days_between('last_day(cells.cohort_month)', 'parameters.as_of_date') }}
        end as age_days
    from cells
    cross join parameters
    cross join known
    left join spends
        on
            cells.acquisition_channel = spends.acquisition_channel
            and cells.cohort_month = spends.cohort_month
),

-- What cost nothing is paid back in month 0, also where nothing came in.
months as (
    select * from {{ ref('int_channels__cohort_margins') }}
    union all by name
    select
        acquisition_channel,
        cohort_month,
        0 as months_since,
        0 as margin
    from cohorts
),

accumulated as (
    select
        *,
        sum(margin) over (
            partition by acquisition_channel, cohort_month
            order by months_since
            range between unbounded preceding and current row
        ) as cumulative_margin,
        last_day({{ add_months('cohort_month', 'months_since') }}) as month_end
    from months
),

earned as (
    select
        paid.acquisition_channel,
        paid.cohort_month,
        {% for age in ages -%}
        coalesce(sum(accumulated.margin_{{ age }}d), 0) as margin_{{ age }}d,
        {% endfor -%}
        min(accumulated.months_since) filter (
            accumulated.cumulative_margin >= paid.spend
            and accumulated.month_end <= paid.as_of_date
        ) as months_to_pay_back
    from paid
    inner join accumulated
        on
            paid.acquisition_channel = accumulated.acquisition_channel
            and paid.cohort_month = accumulated.cohort_month
    group by paid.acquisition_channel, paid.cohort_month
),

final as (
    select
        paid.acquisition_channel,
        paid.cohort_month,
        cast(coalesce(cohorts.new_customers, 0) as bigint) as new_customers,
        cast(paid.spend as decimal(18, 2)) as spend,
        {{ share('paid.spend', 'cohorts.new_customers') }} as cost_per_customer,
        {% for age in ages -%}
        case
            when paid.age_days >= {{ age }}
                then {{ share('cohorts.repeated_' ~ age ~ 'd', 'cohorts.new_customers') }}
        end as repeat_share_{{ age }}d,
        {% endfor -%}
        {% for age in ages -%}
        case
            when paid.age_days >= {{ age }}
                then {{ share('earned.margin_' ~ age ~ 'd', 'cohorts.new_customers') }}
        end as cumulative_margin_per_customer_{{ age }}d,
        {% endfor -%}
        {% for age in ages -%}
        case
            when paid.age_days >= {{ age }}
                then {{ share('earned.margin_' ~ age ~ 'd', 'paid.spend') }}
        end as margin_to_cost_{{ age }}d,
        {% endfor -%}
        cast(earned.months_to_pay_back as integer) as months_to_pay_back,
        {{ share('cohorts.class_a_customers', 'cohorts.new_customers') }} as class_a_share,
        cohorts.mean_loyalty_score,
        paid.as_of_date
    from paid
    left join cohorts
        on
            paid.acquisition_channel = cohorts.acquisition_channel
            and paid.cohort_month = cohorts.cohort_month
    left join earned
        on
            paid.acquisition_channel = earned.acquisition_channel
            and paid.cohort_month = earned.cohort_month
)

select * from final
order by acquisition_channel, cohort_month
