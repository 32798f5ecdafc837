with derived as (
    select
        run.as_of_date,
        run.data_start,
        run.reporting_currency,
        rhythm.prior_gap_days,
        rhythm.churn_window_days
    from {{ ref('int_run__parameters') }} as run
    cross join {{ ref('int_churn__rhythm') }} as rhythm
),

described as (
    select * from {{ source('landing', '_settings') }}
),

settings as (
    {% for name in parameter_names() -%}
    select
        '{{ name }}' as parameter_name,
        {{ setting_text(var(name)) }} as setting
    {{ 'union all' if not loop.last }}
    {% endfor %}
    union all
    select
        'as_of_date' as parameter_name,
        cast(as_of_date as varchar) as setting
    from {{ source('landing', '_run') }}
    union all
    select
        parameter_name,
        content_hash as setting
    from described
    where kind = 'seed'
),

used as (
    select
        settings.parameter_name,
        settings.setting,
        derived.as_of_date,
        case settings.parameter_name
            when 'as_of_date' then cast(derived.as_of_date as varchar)
            when 'data_start' then cast(derived.data_start as varchar)
            when 'reporting_currency' then derived.reporting_currency
            when 'rhythm_prior_days' then cast(derived.prior_gap_days as varchar)
            when 'churn_window_days' then cast(derived.churn_window_days as varchar)
            else settings.setting
        end as value_used
    from settings
    cross join derived
),

final as (
    select
        used.parameter_name,
        described.kind,
        described.section,
        used.value_used,
        described.default_value,
        described.is_default,
        used.as_of_date,
        described.description,
        used.setting is null as is_derived_from_data
    from used
    left join described
        on used.parameter_name = described.parameter_name
)

select * from final
order by parameter_name
