-- One row per snapshot and customer who answered or could refer: what they said of us that day.
with customers as (
    select
        customer_id,
        customer_key
    from {{ ref('int_customers__without_tests') }}
),

snapshots as (
    select * from {{ ref('int_quadrants__snapshots') }}
),

answers as (
    select
        customers.customer_key,
        feedback.feedback_id,
        feedback.score,
        {{ reporting_date('feedback.answered_at') }} as answer_date,
        feedback.answered_at
    from {{ ref('stg_feedback') }} as feedback
    inner join customers
        on feedback.customer_id = customers.customer_id
    where feedback.kind = 'nps' and feedback.score between 0 and 10
),

latest_answers as (
    select
        snapshots.snapshot_number,
        answers.customer_key,
        answers.score / 10.0 as nps_part
    from answers
    inner join snapshots
        on answers.answer_date <= snapshots.snapshot_date
    qualify row_number() over (
        partition by snapshots.snapshot_number, answers.customer_key
        order by answers.answered_at desc, answers.feedback_id desc
    ) = 1
),

made_referrals as (
    select
        snapshots.snapshot_number,
        customers.customer_key,
        count(*) as referrals
    from {{ ref('stg_referrals') }} as referrals
    inner join customers
        on referrals.referrer_id = customers.customer_id
    inner join snapshots
        on snapshots.snapshot_date >= {{ reporting_date('referrals.referred_at') }}
    group by snapshots.snapshot_number, customers.customer_key
),

-- Where referrals are counted at all, having made none is known too.
referral_snapshots as (
    select distinct snapshot_number from made_referrals
),

members as (
    select
        population.snapshot_number,
        population.customer_key,
        latest_answers.nps_part,
        case
            when referral_snapshots.snapshot_number is not null
                then coalesce(made_referrals.referrals, 0)
        end as referrals
    from {{ ref('int_quadrants__population') }} as population
    left join latest_answers
        on
            population.snapshot_number = latest_answers.snapshot_number
            and population.customer_key = latest_answers.customer_key
    left join made_referrals
        on
            population.snapshot_number = made_referrals.snapshot_number
            and population.customer_key = made_referrals.customer_key
    left join referral_snapshots
        on population.snapshot_number = referral_snapshots.snapshot_number
    where latest_answers.nps_part is not null or referral_snapshots.snapshot_number is not null
)

select * from members
