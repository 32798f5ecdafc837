-- One row per customer: the contacts up to as_of_date, and the next one that was planned. Of
-- contacts at one time the largest interaction_id is the last.
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

interactions as (
    select
        customer_id,
        interaction_id,
        occurred_at,
        direction,
        channel,
        kind,
        next_contact_on,
        {{ reporting_date('occurred_at') }} as contact_date
    from {{ ref('stg_interactions') }}
),

happened as (
    select
        customers.customer_key,
        interactions.direction,
        interactions.channel,
        interactions.kind,
        interactions.next_contact_on,
        interactions.contact_date,
        interactions.contact_date > {{ add_days('parameters.as_of_date', -365) }} as is_trailing,
        struct_pack(
            occurred_at := interactions.occurred_at, interaction_id := interactions.interaction_id
        ) as place_in_time
    from interactions
    cross join parameters
    inner join customers
        on interactions.customer_id = customers.customer_id
    where interactions.contact_date <= parameters.as_of_date
),

summed as (
    select
        customer_key,
        {% for name, direction in {'inbound': 'in', 'outbound': 'out'}.items() -%}
        max(contact_date) filter (direction = '{{ direction }}') as last_{{ name }}_date,
        arg_max_null(channel, place_in_time) filter (direction = '{{ direction }}')
            as last_{{ name }}_channel,
        count(*) filter (is_trailing and direction = '{{ direction }}') as {{ name }}_365d,
        {% endfor -%}
        count(*) filter (is_trailing) as contacts_365d,
        count(*) filter (is_trailing and kind = 'complaint') as complaints_365d,
        arg_max(next_contact_on, place_in_time) as next_contact_date
    from happened
    group by customer_key
),

known as (
    select count(*) > 0 as has_interactions from summed
),

contacts as (
    select
        profiles.customer_key,
        summed.last_inbound_date,
        summed.last_inbound_channel,
        summed.last_outbound_date,
        summed.last_outbound_channel,
        summed.next_contact_date,
        case when known.has_interactions then coalesce(summed.contacts_365d, 0) end
            as contacts_365d,
        case when known.has_interactions then coalesce(summed.complaints_365d, 0) end
            as complaints_365d,
        case
            when summed.inbound_365d > summed.outbound_365d then 'in'
            when summed.inbound_365d < summed.outbound_365d then 'out'
            when summed.contacts_365d > 0 then 'both'
        end as preferred_contact_direction
    from profiles
    cross join known
    left join summed
        on profiles.customer_key = summed.customer_key
)

select * from contacts
