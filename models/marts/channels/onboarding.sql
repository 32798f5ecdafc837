{%- set ages = [30, 60, 90] %}
{%- set contact_days = var('onboarding_contact_days') | int %}
{%- set compared_days = [90, contact_days] | max %}

with parameters as (
    select
        as_of_date,
        data_start
    from {{ ref('int_run__parameters') }}
),

buyers as (
    select
        customer_key,
        acquisition_channel,
        first_purchase_date
    from {{ ref('int_customers__profiles') }}
    where first_purchase_date is not null
),

first_days as (
    select
        customer_key,
        {{ days_between('purchase_date', 'next_purchase_date') }} as days_to_second
    from {{ ref('int_sales__purchase_days') }}
    where purchase_number = 1
),

contacts as (
    select * from {{ ref('int_customers__interactions') }}
),

-- Without any interaction, who was contacted is not known.
known as (
    select count(*) > 0 as has_contacts
    from contacts
),

contacted as (
    select distinct contacts.customer_key
    from contacts
    inner join buyers
        on
            contacts.customer_key = buyers.customer_key
            and contacts.contact_date >= buyers.first_purchase_date
            and contacts.contact_date
            <= {{ add_days('buyers.first_purchase_date', contact_days) }}
    where contacts.direction = 'out'
),

newcomers as (
    select
        buyers.acquisition_channel,
        first_days.days_to_second,
        {{ month_start('buyers.first_purchase_date') }} as cohort_month,
        contacted.customer_key is not null as is_contacted
    from buyers
    inner join first_days
        on buyers.customer_key = first_days.customer_key
    left join contacted
        on buyers.customer_key = contacted.customer_key
),

counted as (
    select
        cohort_month,
        {{ dimension_columns(['acquisition_channel']) }},
        count(*) as new_customers,
        {% for age in ages -%}
        count(*) filter (days_to_second <= {{ age }}) as second_{{ age }}d,
        {% endfor -%}
        median(cast(days_to_second as double)) as median_days_to_second_purchase,
        count(*) filter (is_contacted) as contacted,
        count(*) filter (is_contacted and days_to_second <= 90) as contacted_second,
        count(*) filter (not is_contacted and days_to_second <= 90) as not_contacted_second
    from newcomers
    group by {{ by_dimension(['cohort_month'], ['acquisition_channel']) }}
),

observed as (
    select
        counted.*,
        known.has_contacts,
        parameters.as_of_date,
        counted.new_customers - counted.contacted as not_contacted,
        case
            when counted.cohort_month >= parameters.data_start
                then {{ days_between('last_day(counted.cohort_month)', 'parameters.as_of_date') }}
        end as age_days
    from counted
    cross join known
    cross join parameters
),

final as (
    select
        cohort_month,
        dimension_name,
        dimension_value,
        cast(new_customers as bigint) as new_customers,
        {% for age in ages -%}
        case when age_days >= {{ age }} then {{ share('second_' ~ age ~ 'd', 'new_customers') }} end
            as second_purchase_share_{{ age }}d,
        {% endfor -%}
        median_days_to_second_purchase,
        case
            when has_contacts and age_days >= {{ contact_days }}
                then {{ share('contacted', 'new_customers') }}
        end as contacted_share,
        case
            when has_contacts and age_days >= {{ compared_days }}
                then {{ share('contacted_second', 'contacted') }}
        end as second_purchase_share_contacted,
        case
            when has_contacts and age_days >= {{ compared_days }}
                then {{ share('not_contacted_second', 'not_contacted') }}
        end as second_purchase_share_not_contacted,
        as_of_date
    from observed
)

select * from final
order by dimension_name, dimension_value, cohort_month
