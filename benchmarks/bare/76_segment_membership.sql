-- Spells in segments over the snapshots: only who changed in anything entered or left one.
create table marts.segment_membership as
with changes as (
    select
        *,
        case when state_before != 'churned' then quadrant_before end as placed_before,
        case when state_now != 'churned' then quadrant_now end as placed_now,
        coalesce(state_before = 'at_risk', false) as at_risk_before,
        coalesce(state_now = 'at_risk', false) as at_risk_now,
        coalesce(rising_before and state_before != 'churned', false) as grew,
        coalesce(rising_now and state_now != 'churned', false) as grows
    from standings
    where quadrant_before is distinct from quadrant_now
        or state_before is distinct from state_now
        or rising_before is distinct from rising_now
),

passages as (
    select
        number,
        customer,
        case placed_now when 'I' then 'seg_q1' when 'II' then 'seg_q2' when 'III' then 'seg_q3'
            else 'seg_q4' end as segment,
        true as is_in,
        quadrant_before is not null and quadrant_now is not null as was_seen,
        quadrant_before is null as has_joined,
        case when quadrant_before != quadrant_now then 'quadrant' else 'customer_state' end
            as cause
    from changes
    where placed_now is not null and placed_now is distinct from placed_before
    union all
    select
        number,
        customer,
        case placed_before when 'I' then 'seg_q1' when 'II' then 'seg_q2' when 'III' then 'seg_q3'
            else 'seg_q4' end,
        false,
        quadrant_before is not null and quadrant_now is not null,
        false,
        case when quadrant_before != quadrant_now then 'quadrant' else 'customer_state' end
    from changes
    where placed_before is not null and placed_now is distinct from placed_before
    union all
    select
        number,
        customer,
        'seg_at_risk',
        at_risk_now,
        quadrant_before is not null and quadrant_now is not null,
        quadrant_before is null,
        'customer_state'
    from changes
    where at_risk_now != at_risk_before
    union all
    select
        number,
        customer,
        'seg_rising',
        grows,
        quadrant_before is not null and quadrant_now is not null,
        quadrant_before is null,
        case when 'churned' = if(grows, state_before, state_now) then 'customer_state'
            else 'growth' end
    from changes
    where grows != grew
),

spells as (
    select
        segment,
        customer,
        is_in,
        snapshot_date as entered_date,
        reason as entry_reason,
        lead(snapshot_date) over by_date as left_date,
        lead(reason) over by_date as exit_reason
    from (
        select
            *,
            case
                when number = (select max(number) from snapshots) then 'already_in'
                when has_joined then 'joined'
                when not was_seen then 'left'
                else cause
            end as reason
        from passages
        inner join snapshots using (number)
    )
    window by_date as (partition by segment, customer order by snapshot_date)
)

select
    segment,
    customer as customer_key,
    customer_id,
    entered_date,
    left_date,
    left_date is null as is_current,
    entry_reason,
    exit_reason,
    getvariable('as_of') as as_of_date
from spells
inner join (select customer, customer_id from profiles) as ids using (customer)
where is_in;
