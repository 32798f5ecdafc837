{%- set grains = ['month', 'quarter', 'year'] %}

-- One row per reported period × customer who answered or referred somebody in it.
with periods as (
    select
        period_grain,
        period_start,
        period_end,
        snapshot_before,
        has_ended
    from {{ ref('int_run__periods') }}
    where is_reported
),

answers as (
    select * from {{ ref('int_voice__answers') }}
),

referrals as (
    select * from {{ ref('int_voice__referrals') }}
),

-- Of several answers in a period the latest counts.
answered as (
    {% for grain in grains -%}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'answer_date') }} as period_start,
        customer_key,
        arg_max(score, row(answered_at, feedback_id)) as score
    from answers
    group by period_start, customer_key
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

referred as (
    {% for grain in grains -%}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'referral_date') }} as period_start,
        customer_key,
        count(*) as made,
        count(*) filter (is_converted) as converted,
        sum(referred_net_sales) as referred_net_sales
    from referrals
    group by period_start, customer_key
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

heard as (
    select
        answered.score,
        {% for key in ['period_grain', 'period_start', 'customer_key'] -%}
        coalesce(answered.{{ key }}, referred.{{ key }}) as {{ key }},
        {% endfor -%}
        coalesce(referred.made, 0) as made,
        coalesce(referred.converted, 0) as converted,
        coalesce(referred.referred_net_sales, 0) as referred_net_sales
    from answered
    full join referred
        on
            answered.period_grain = referred.period_grain
            and answered.period_start = referred.period_start
            and answered.customer_key = referred.customer_key
),

reported as (
    select
        heard.*,
        periods.period_end,
        periods.snapshot_before,
        periods.has_ended
    from heard
    inner join periods
        on heard.period_grain = periods.period_grain and heard.period_start = periods.period_start
)

select * from reported
