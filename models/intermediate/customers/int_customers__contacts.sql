-- One row per customer: the contacts up to as_of_date, and the next one that was planned. Of
-- contacts at one time the largest interaction_id is the last.
with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

profiles as (
    select customer_key from {{ ref('int_customers__profiles') }}
),

happened as (
    select
        interactions.customer_key,
        interactions.direction,
        interactions.channel,
        interactions.kind,
        interactions.next_contact_on,
        interactions.contact_date,
        interactions.contact_date > {{ add_days('parameters.as_of_date', -365) }} as is_trailing,
        struct_pack(
            occurred_at := interactions.occurred_at, interaction_id := interactions.interaction_id
        ) as place_in_time
    from {{ ref('int_customers__interactions') }} as interactions
    cross join parameters
),

summed as (
    select
        customer_key,
        max(contact_date) as last_contact_date,
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

-- Where nobody's contacts are recorded, nobody is known to have had none.
known as (
    select count(*) > 0 as are_contacts_known from summed
),

contacts as (
    select
        profiles.customer_key,
        known.are_contacts_known,
        summed.last_contact_date,
        summed.last_inbound_date,
        summed.last_inbound_channel,
        summed.last_outbound_date,
        summed.last_outbound_channel,
        summed.next_contact_date,
        case when known.are_contacts_known then coalesce(summed.contacts_365d, 0) end
            as contacts_365d,
        case when known.are_contacts_known then coalesce(summed.complaints_365d, 0) end
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
