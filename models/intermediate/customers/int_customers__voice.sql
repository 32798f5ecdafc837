-- One row per customer: their latest answer to whether they would recommend us, and how often they
-- did. Of answers at one time the largest feedback_id is the latest.
with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

profiles as (
    select customer_key from {{ ref('int_customers__profiles') }}
),

customers as (
    select
        customer_id,
        customer_key
    from {{ ref('int_customers__without_tests') }}
),

answers as (
    select
        customer_key,
        arg_max(score, row(answered_at, feedback_id)) as nps_score,
        max(answer_date) as nps_date
    from {{ ref('int_voice__answers') }}
    group by customer_key
),

referrals as (
    select
        referrers.customer_key,
        count(*) filter (referred.customer_key is distinct from referrers.customer_key)
            as referrals_made
    from {{ ref('stg_referrals') }} as referrals
    inner join customers as referrers
        on referrals.referrer_id = referrers.customer_id
    left join customers as referred
        on referrals.referred_id = referred.customer_id
    cross join parameters
    where {{ reporting_date('referrals.referred_at') }} <= parameters.as_of_date
    group by referrers.customer_key
),

known as (
    select count(*) > 0 as has_referrals from referrals
),

voice as (
    select
        profiles.customer_key,
        cast(answers.nps_score as double) as nps_score,
        answers.nps_date,
        case when known.has_referrals then coalesce(referrals.referrals_made, 0) end
            as referrals_made
    from profiles
    cross join known
    left join answers
        on profiles.customer_key = answers.customer_key
    left join referrals
        on profiles.customer_key = referrals.customer_key
)

select * from voice
