-- The latest word decides, whenever it came: a withdrawal after as_of_date counts at once. Of a
-- household or a company it is the word of the person who is reached.
with consents as (
    select * from {{ ref('stg_consents') }}
),

keys as (
    select
        customer_id,
        customer_key
    from {{ ref('int_customers__resolved') }}
    where is_alone
    union all
    select
        customer_id,
        customer_key
    from {{ ref('int_customers__members') }}
    where is_main_person
),

latest as (
    select
        keys.customer_key,
        consents.purpose,
        consents.status,
        consents.recorded_at,
        consents.expires_on
    from consents
    inner join keys
        on consents.customer_id = keys.customer_id
    qualify row_number() over (
        partition by keys.customer_key, consents.purpose
        -- Of two words at the same moment the stricter holds: withdrawn, denied, granted.
        order by
            consents.recorded_at desc,
            case consents.status when 'withdrawn' then 0 when 'denied' then 1 else 2 end asc,
            consents.expires_on asc
    ) = 1
)

select * from latest
