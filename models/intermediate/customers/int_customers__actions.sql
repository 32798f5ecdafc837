-- One row per customer: what to do next. A state says more than a quadrant: who has fallen silent
-- is won back and not praised.
with churn_states as (
    select
        customer_key,
        basis,
        customer_state
    from {{ ref('customer_churn') }}
),

contracts as (
    select
        customer_key,
        is_contract_cancelled
    from {{ ref('int_customers__contracts') }}
),

quadrants as (
    select
        customer_key,
        quadrant
    from {{ ref('quadrants') }}
    where snapshot_date = as_of_date
),

next_best_actions as (
    select * from {{ ref('next_best_actions') }}
),

playbook as (
    select * from {{ ref('quadrant_playbook') }}
),

situations as (
    select
        churn_states.customer_key,
        -- Contracts are at risk by being cancelled or by ending, not by silence.
        case
            when churn_states.customer_state != 'at_risk' or churn_states.basis != 'contractual'
                then churn_states.customer_state
            when contracts.is_contract_cancelled then 'cancelled'
            else 'renewal_due'
        end as situation,
        coalesce(quadrants.quadrant, 'none') as quadrant
    from churn_states
    inner join contracts
        on churn_states.customer_key = contracts.customer_key
    left join quadrants
        on churn_states.customer_key = quadrants.customer_key
),

actions as (
    select
        situations.customer_key,
        coalesce(
            of_quadrant.next_best_action_en,
            of_any.next_best_action_en,
            playbook.next_best_action_en
        ) as next_best_action_en,
        coalesce(
            of_quadrant.next_best_action_ru,
            of_any.next_best_action_ru,
            playbook.next_best_action_ru
        ) as next_best_action_ru
    from situations
    left join next_best_actions as of_quadrant
        on
            situations.situation = of_quadrant.situation
            and situations.quadrant = of_quadrant.quadrant
    left join next_best_actions as of_any
        on situations.situation = of_any.situation and of_any.quadrant = 'any'
    left join playbook
        on situations.quadrant = playbook.quadrant
)

select * from actions
