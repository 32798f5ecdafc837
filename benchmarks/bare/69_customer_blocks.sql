-- What only the mart `customers` tells: the ends of everybody's orders and refunds, what they said,
-- their contracts, and what to do next.
create temp table purchase_ends as
select
    customer, first_value, first_channel, last_value, last_channel, coupon_orders
from order_ends
union all
-- Bills are orders of those who have no others.
select
    customer,
    arg_min(gross, (billed_on, contract_id)),
    null,
    arg_max(gross, (billed_on, contract_id)),
    null,
    0
from billings
group by customer;

create temp table refund_ends as
select
    customer,
    min(refund_date) as first_refund,
    max(refund_date) as last_refund
from refunds
group by customer;

create temp table voice as
select
    customer,
    arg_max(score, (answered_at, feedback_id)) as nps_score,
    cast(max(answered_at) as date) as nps_date
from answers
where kind = 'nps' and score between 0 and 10
    and answered_at < cast(getvariable('as_of') + 1 as timestamp)
group by customer;

create temp table referrers as
select
    customer,
    count(*) filter (customer is distinct from referred) as referrals_made
from referrals
semi join profiles using (customer)
where referred_on <= getvariable('as_of')
group by customer;

create temp table contracts_held as
select
    customer,
    count(*) filter (is_running) as contracts,
    case
        when count(*) filter (is_running) = count(monthly_amount) filter (is_running)
            then cast(coalesce(sum(monthly_amount) filter (is_running), 0) as decimal(18, 2))
    end as monthly_amount,
    min(in_force_until) filter (is_running) as next_end,
    case when count(*) = count(in_force_until) then max(in_force_until) end as last_end,
    bool_or(auto_renews and cancelled_on is null) filter (is_running) as is_auto_renewing,
    bool_or(cancelled_on is not null) filter (is_running) as is_cancelled,
    max(cancelled_on) as cancelled_on,
    bool_and(coalesce(in_force_until <= getvariable('as_of') + 60, false))
        filter (is_running) as is_renewal_due
from (
    select
        *,
        coalesce(in_force_until >= getvariable('as_of'), true) as is_running,
        -- To the cent, half a cent up.
        cast(
            (2 * cast(recurring_amount * 100 as bigint) + months_between_bills)
            // (2 * months_between_bills) as decimal(18, 0)
        ) * 0.01 as monthly_amount
    from in_force
)
group by customer;

-- Who has fallen silent is won back and not praised; contracts are at risk by being cancelled or by
-- ending.
create temp table actions as
select
    customer_key as customer,
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
from (
    select
        churn.customer_key,
        case
            when churn.customer_state != 'at_risk' or basis != 'contractual'
                then churn.customer_state
            when is_cancelled then 'cancelled'
            else 'renewal_due'
        end as situation,
        coalesce(quadrant, 'none') as quadrant
    from marts.customer_churn as churn
    left join contracts_held on churn.customer_key = customer
    left join (from marts.quadrants where snapshot_date = as_of_date) as quadrants
        on churn.customer_key = quadrants.customer_key
) as situations
left join read_csv('{seeds}/next_best_actions.csv') as of_quadrant
    using (situation, quadrant)
left join (from read_csv('{seeds}/next_best_actions.csv') where quadrant = 'any') as of_any
    on situations.situation = of_any.situation
left join read_csv('{seeds}/quadrant_playbook.csv') as playbook
    on situations.quadrant = playbook.quadrant;
