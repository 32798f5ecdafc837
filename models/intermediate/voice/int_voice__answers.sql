-- One row per NPS answer up to as_of_date; a score outside 0 to 10 is none.
with parameters as (
    select as_of_end from {{ ref('int_run__parameters') }}
),

customers as (
    select
        customer_id,
        customer_key
    from {{ ref('int_customers__without_tests') }}
),

feedback as (
    select
        feedback_id,
        customer_id,
        answered_at,
        score
    from {{ ref('stg_feedback') }}
    where kind = 'nps' and score between 0 and 10
),

answers as (
    select
        feedback.feedback_id,
        customers.customer_key,
        feedback.answered_at,
        {{ reporting_date('feedback.answered_at') }} as answer_date,
        feedback.score
    from feedback
    inner join customers
        on feedback.customer_id = customers.customer_id
    cross join parameters
    where feedback.answered_at < parameters.as_of_end
)

select * from answers
