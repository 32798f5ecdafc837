-- One row per customer and churn episode: why, in the words of the standard list. The first reason
-- that is known counts: of the contract that ran out, of an exit survey, of the last complaint. Who
-- says nothing, tells nothing: the last one who does.
with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

episodes as (
    select
        episodes.customer_key,
        episodes.basis,
        episodes.last_seen_date,
        episodes.churned_at,
        -- The last day of the silence; while it lasts, today.
        coalesce({{ add_days('episodes.ended_at', -1) }}, parameters.as_of_date) as silent_until
    from {{ ref('int_churn__episodes') }} as episodes
    cross join parameters
),

customers as (
    select
        customer_id,
        customer_key
    from {{ ref('int_customers__without_tests') }}
),

cancelled as (
    select
        contract_id,
        customer_key,
        in_force_until,
        cancellation_known_on,
        cancel_reason
    from {{ ref('int_contracts__in_force') }}
    where cancellation_known_on is not null and trim(cancel_reason) != ''
),

surveys as (
    select
        customers.customer_key,
        feedback.feedback_id,
        feedback.answered_at,
        {{ reporting_date('feedback.answered_at') }} as answer_date,
        feedback.reason
    from {{ ref('stg_feedback') }} as feedback
    inner join customers
        on feedback.customer_id = customers.customer_id
    where feedback.kind = 'exit_survey' and trim(feedback.reason) != ''
),

complaints as (
    select
        customers.customer_key,
        interactions.interaction_id,
        interactions.occurred_at,
        {{ reporting_date('interactions.occurred_at') }} as contact_date,
        interactions.reason
    from {{ ref('stg_interactions') }} as interactions
    inner join customers
        on interactions.customer_id = customers.customer_id
    where interactions.kind = 'complaint' and trim(interactions.reason) != ''
),

-- 1 of a contract, 2 of a survey, 3 of a complaint; of several the last, of those of one time the
-- contract with the smallest id, the answer or call with the largest.
said as (
    select
        episodes.customer_key,
        episodes.churned_at,
        1 as priority,
        cast(cancelled.cancellation_known_on as timestamp with time zone) as said_at,
        cancelled.contract_id,
        null as event_id,
        cancelled.cancel_reason as reason
    from episodes
    inner join cancelled
        on
            episodes.customer_key = cancelled.customer_key
            and episodes.last_seen_date = cancelled.in_force_until
    where episodes.basis = 'contractual'
    union all
    select
        episodes.customer_key,
        episodes.churned_at,
        2 as priority,
        surveys.answered_at as said_at,
        null as contract_id,
        surveys.feedback_id as event_id,
        surveys.reason
    from episodes
    inner join surveys
        on
            episodes.customer_key = surveys.customer_key
            and surveys.answer_date
            between {{ add_days('episodes.last_seen_date', '-' ~ var('reason_lookback_days')) }}
            and episodes.silent_until
    union all
    select
        episodes.customer_key,
        episodes.churned_at,
        3 as priority,
        complaints.occurred_at as said_at,
        null as contract_id,
        complaints.interaction_id as event_id,
        complaints.reason
    from episodes
    inner join complaints
        on
            episodes.customer_key = complaints.customer_key
            and complaints.contact_date
            between {{ add_days('episodes.churned_at', '-' ~ var('reason_lookback_days')) }}
            and episodes.churned_at
),

first_known as (
    select
        customer_key,
        churned_at,
        lower(trim(reason)) as reason_text
    from said
    qualify
        row_number() over (
            partition by customer_key, churned_at
            order by priority asc, said_at desc, contract_id asc, event_id desc
        ) = 1
),

aliases as (
    select
        churn_reason,
        lower(trim(reason_text)) as reason_text
    from {{ ref('churn_reason_aliases') }}
),

reasons as (
    select
        episodes.customer_key,
        episodes.churned_at,
        case
            when first_known.reason_text is null then 'unknown'
            else coalesce(aliases.churn_reason, standard.churn_reason, 'other')
        end as churn_reason
    from episodes
    left join first_known
        on
            episodes.customer_key = first_known.customer_key
            and episodes.churned_at = first_known.churned_at
    left join aliases
        on first_known.reason_text = aliases.reason_text
    left join {{ ref('standard_reasons') }} as standard
        on first_known.reason_text = standard.churn_reason
)

select * from reasons
