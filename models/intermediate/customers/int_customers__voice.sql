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
        customers.customer_key,
        feedback.score,
        {{ reporting_date('feedback.answered_at') }} as answer_date,
        struct_pack(answered_at := feedback.answered_at, feedback_id := feedback.feedback_id)
            as place_in_time
    from {{ ref('stg_feedback') }} as feedback
    inner join customers
        on feedback.customer_id = customers.customer_id
    cross join parameters
    where
        feedback.kind = 'nps'
        and feedback.score between 0 and 10
        and {{ reporting_date('feedback.answered_at') }} <= parameters.as_of_date
),

latest_answers as (
    select
        customer_key,
        arg_max(score, place_in_time) as nps_score,
        max(answer_date) as nps_date
    from answers
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
        cast(latest_answers.nps_score as double) as nps_score,
        latest_answers.nps_date,
        case when known.has_referrals then coalesce(referrals.referrals_made, 0) end
            as referrals_made
    from profiles
    cross join known
    left join latest_answers
        on profiles.customer_key = latest_answers.customer_key
    left join referrals
        on profiles.customer_key = referrals.customer_key
)

select * from voice
