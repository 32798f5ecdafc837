-- One row per identity of a customer who has several: in which order they became known, and which
-- record of the CRM comes first where they say different things.
with members as (
    select
        customer_id,
        customer_key,
        person_id
    from {{ source('identity', 'customer_members') }}
),

resolved as (
    select
        customer_id,
        is_in_crm,
        is_test
    from {{ ref('int_customers__resolved') }}
    where not is_alone
),

records as (
    select
        customer_id,
        merged_into_id,
        parent_customer_id,
        created_at,
        updated_at
    from {{ ref('stg_customers') }}
),

appearances as (
    select
        customer_id,
        created_at as appeared_at
    from records
    union all
    select
        {{ order_customer_id('orders') }} as customer_id,
        orders.ordered_at as appeared_at
    from {{ ref('stg_orders') }} as orders
    union all
    select
        customer_id,
        ordered_at as appeared_at
    from {{ ref('stg_order_lines') }}
    union all
    select
        customer_id,
        cast(started_on as timestamp with time zone) as appeared_at
    from {{ ref('stg_contracts') }}
    union all
    {{ appearances_without_order() }}
),

first_appearances as (
    select
        members.customer_id,
        min(appearances.appeared_at) as known_at
    from appearances
    inner join members
        on appearances.customer_id = members.customer_id
    group by members.customer_id
),

ranked as (
    select
        members.customer_id,
        members.customer_key,
        members.person_id,
        resolved.is_in_crm,
        resolved.is_test,
        -- The number of a guest's order is no id of a customer: ids that a source gave come first.
        row_number() over (
            partition by members.customer_key
            order by
                members.customer_id like 'guest:%' asc,
                first_appearances.known_at asc nulls last,
                members.customer_id asc
        ) as known_number,
        -- A record that was there by as_of_date speaks before one that came later, one that was not
        -- merged away before one that was, the top of a hierarchy before what belongs to it, the
        -- fresher before the older.
        case
            when records.customer_id is not null
                then row_number() over (
                    partition by members.customer_key
                    order by
                        records.customer_id is null asc,
                        resolved.is_in_crm desc,
                        resolved.is_test asc,
                        records.merged_into_id is not null asc,
                        parents.customer_id is not null asc,
                        records.updated_at desc nulls last,
                        members.customer_id asc
                )
        end as record_number
    from members
    inner join resolved
        on members.customer_id = resolved.customer_id
    left join records
        on members.customer_id = records.customer_id
    left join members as parents
        on
            records.parent_customer_id = parents.customer_id
            and members.customer_key = parents.customer_key
    left join first_appearances
        on members.customer_id = first_appearances.customer_id
),

marked as (
    select
        customer_id,
        customer_key,
        is_in_crm,
        is_test,
        known_number,
        record_number,
        person_id = first_value(person_id) over (
            partition by customer_key
            order by record_number asc nulls last, known_number asc
        ) as is_main_person
    from ranked
)

select * from marked
