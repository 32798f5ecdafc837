{%- set dimensions = ['acquisition_channel', 'quadrant', 'relationship_level'] %}

with heard as (
    select * from {{ ref('int_voice__customer_periods') }}
),

customers as (
    select
        customer_key,
        acquisition_channel,
        relationship_level
    from {{ ref('int_customers__dimensions') }}
),

quadrants as (
    select
        snapshot_date,
        customer_key,
        quadrant
    from {{ ref('quadrants') }}
),

-- What nobody was asked for, or nobody notes, is NULL, not 0.
parameters as (
    select
        as_of_date,
        (select count(*) > 0 from {{ ref('int_voice__answers') }}) as has_answers,
        (select count(*) > 0 from {{ ref('int_voice__referrals') }}) as has_referrals
    from {{ ref('int_run__parameters') }}
),

placed as (
    select
        heard.*,
        customers.acquisition_channel,
        customers.relationship_level,
        coalesce(quadrants.quadrant, 'none') as quadrant
    from heard
    inner join customers
        on heard.customer_key = customers.customer_key
    left join quadrants
        on
            heard.customer_key = quadrants.customer_key
            and heard.snapshot_before = quadrants.snapshot_date
),

counted as (
    select
        period_grain,
        period_start,
        period_end,
        has_ended,
        {{ dimension_columns(dimensions) }},
        count(score) as respondents,
        count(*) filter (score >= 9) as promoters,
        count(*) filter (score <= 6) as detractors,
        sum(made) as made,
        sum(converted) as converted,
        sum(referred_net_sales) as referred_net_sales
    from placed
    group by {{ by_dimension(
        ['period_grain', 'period_start', 'period_end', 'has_ended'], dimensions
    ) }}
),

rated as (
    select
        *,
        {{ share('promoters', 'respondents') }} as promoter_share,
        {{ share('detractors', 'respondents') }} as detractor_share,
        {{ share('promoters - detractors', 'respondents') }} as nps
    from counted
),

bounded as (
    select
        *,
        1.959963984540054
        * sqrt((promoter_share + detractor_share - nps * nps) / respondents) as half_width
    from rated
),

final as (
    select
        bounded.period_grain,
        bounded.period_start,
        bounded.period_end,
        bounded.dimension_name,
        bounded.dimension_value,
        {% for column, counted in {
            'respondents': 'bounded.respondents',
            'promoters': 'bounded.promoters',
            'passives': 'bounded.respondents - bounded.promoters - bounded.detractors',
            'detractors': 'bounded.detractors',
        }.items() -%}
        cast(case when parameters.has_answers then {{ counted }} end as bigint) as {{ column }},
        {% endfor -%}
        bounded.promoter_share,
        bounded.detractor_share,
        bounded.nps,
        bounded.nps - bounded.half_width as nps_lower_95,
        bounded.nps + bounded.half_width as nps_upper_95,
        cast(case when parameters.has_referrals then bounded.made end as bigint) as referrals_made,
        cast(case when parameters.has_referrals then bounded.converted end as bigint)
            as referrals_converted,
        cast(
            case when parameters.has_referrals then bounded.referred_net_sales end
            as decimal(18, 2)
        ) as referred_net_sales,
        bounded.has_ended as is_complete,
        parameters.as_of_date
    from bounded
    cross join parameters
)

select * from final
order by period_grain, dimension_name, dimension_value, period_start
