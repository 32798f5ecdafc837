with derived as (
    select
        parameters.as_of_date,
        parameters.data_start,
        parameters.reporting_currency,
        rhythm.prior_gap_days,
        rhythm.churn_window_days
    from {{ ref('int_run__parameters') }} as parameters
    cross join {{ ref('int_churn__rhythm') }} as rhythm
),

settings as (
    {% for name in parameter_names() -%}
    select
        '{{ name }}' as parameter,
        {{ sql_text(none if var(name) is none else (var(name) | tojson if var(name) is mapping else var(name))) }}
            as setting
    {{ 'union all' if not loop.last }}
    {% endfor %}
    union all
    select
        'as_of_date' as parameter,
        cast(as_of_date as varchar) as setting
    from {{ source('landing', '_run') }}
),

used as (
    select
        settings.parameter,
        settings.setting,
        case settings.parameter
            when 'as_of_date' then cast(derived.as_of_date as varchar)
            when 'data_start' then cast(derived.data_start as varchar)
            when 'reporting_currency' then derived.reporting_currency
            when 'rhythm_prior_days' then cast(derived.prior_gap_days as varchar)
            when 'churn_window_days' then cast(derived.churn_window_days as varchar)
            else settings.setting
        end as value_used,
        derived.as_of_date
    from settings
    cross join derived
),

final as (
    select
        parameter,
        value_used,
        setting is null as is_derived_from_data,
        as_of_date
    from used
)

select * from final
order by parameter
