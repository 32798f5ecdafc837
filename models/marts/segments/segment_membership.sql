{%- set quadrant_segments = {'seg_q1': 'I', 'seg_q2': 'II', 'seg_q3': 'III', 'seg_q4': 'IV'} %}

-- One rule per segment, as in its own model, on every snapshot instead of today.
with segments as (
    {% for segment, quadrant in quadrant_segments.items() -%}
    select
        '{{ segment }}' as segment,
        '{{ quadrant }}' as quadrant
    union all
    {% endfor -%}
    {% for segment in ['seg_at_risk', 'seg_rising'] -%}
    select
        '{{ segment }}' as segment,
        null as quadrant
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

snapshots as (
    select
        snapshot_number,
        snapshot_date,
        snapshot_number = max(snapshot_number) over () as is_first
    from {{ ref('int_quadrants__snapshots') }}
),

customers as (
    select
        snapshots.snapshot_number,
        quadrants.customer_key,
        quadrants.quadrant,
        quadrants.customer_state,
        rising.customer_key is not null as is_rising
    from {{ ref('quadrants') }} as quadrants
    inner join snapshots
        on quadrants.snapshot_date = snapshots.snapshot_date
    left join {{ ref('int_pareto__rising') }} as rising
        on
            snapshots.snapshot_number = rising.snapshot_number
            and quadrants.customer_key = rising.customer_key
),

earlier as (
    select
        customer_key,
        quadrant,
        customer_state,
        is_rising,
        snapshot_number - 1 as next_snapshot_number
    from customers
    where snapshot_number > 0
),

-- Only who has changed in anything can have entered or left a segment.
changes as (
    select
        earlier.quadrant as quadrant_before,
        earlier.customer_state as state_before,
        earlier.is_rising as rising_before,
        customers.quadrant as quadrant_now,
        customers.customer_state as state_now,
        customers.is_rising as rising_now,
        coalesce(customers.snapshot_number, earlier.next_snapshot_number) as snapshot_number,
        coalesce(customers.customer_key, earlier.customer_key) as customer_key
    from customers
    full outer join earlier
        on
            customers.customer_key = earlier.customer_key
            and customers.snapshot_number = earlier.next_snapshot_number
    where
        customers.quadrant is distinct from earlier.quadrant
        or customers.customer_state is distinct from earlier.customer_state
        or customers.is_rising is distinct from earlier.is_rising
),

judged as (
    select
        changes.*,
        segments.segment,
        {% for side in ['before', 'now'] -%}
        coalesce(
            case segments.segment
                when 'seg_at_risk' then changes.state_{{ side }} = 'at_risk'
                when 'seg_rising'
                    then changes.rising_{{ side }} and changes.state_{{ side }} != 'churned'
                else
                    changes.quadrant_{{ side }} = segments.quadrant
                    and changes.state_{{ side }} != 'churned'
            end,
            false
        ) as is_in_{{ side }},
        {% endfor -%}
        segments.quadrant
    from changes
    cross join segments
),

-- What the customer lacked on the side on which they were not in it: the first that applies.
passages as (
    select
        judged.segment,
        judged.customer_key,
        snapshots.snapshot_date,
        judged.is_in_now,
        case
            when snapshots.is_first then 'already_in'
            when judged.quadrant_before is null then 'joined'
            when judged.quadrant_now is null then 'left'
            when
                judged.quadrant
                != case
                    when judged.is_in_now then judged.quadrant_before else judged.quadrant_now
                end
                then 'quadrant'
            when
                judged.segment != 'seg_rising'
                or 'churned'
                = case when judged.is_in_now then judged.state_before else judged.state_now end
                then 'customer_state'
            else 'growth'
        end as reason
    from judged
    inner join snapshots
        on judged.snapshot_number = snapshots.snapshot_number
    where judged.is_in_before != judged.is_in_now
),

-- Who came in goes out next, if ever.
spells as (
    select
        segment,
        customer_key,
        is_in_now,
        snapshot_date as entered_date,
        reason as entry_reason,
        lead(snapshot_date) over by_date as left_date,
        lead(reason) over by_date as exit_reason,
        lead(snapshot_date) over by_date is null as is_current
    from passages
    window by_date as (partition by segment, customer_key order by snapshot_date)
),

profiles as (
    select
        customer_key,
        customer_id
    from {{ ref('int_customers__profiles') }}
),

parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

final as (
    select
        spells.segment,
        spells.customer_key,
        profiles.customer_id,
        spells.entered_date,
        spells.left_date,
        spells.is_current,
        spells.entry_reason,
        spells.exit_reason,
        parameters.as_of_date
    from spells
    cross join parameters
    inner join profiles
        on spells.customer_key = profiles.customer_key
    where spells.is_in_now
)

select * from final
