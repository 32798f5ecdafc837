with links as (
    select * from {{ source('identity', 'customer_links') }}
),

resolved as (
    select
        customer_id,
        customer_key
    from {{ ref('int_customers__resolved') }}
),

parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

final as (
    select
        links.customer_id,
        links.linked_customer_id,
        links.rule,
        links.evidence_number,
        links.evidence,
        links.source_name,
        links.linked_source_name,
        links.is_joined,
        one.customer_key,
        other.customer_key as linked_customer_key,
        parameters.as_of_date
    from links
    cross join parameters
    left join resolved as one
        on links.customer_id = one.customer_id
    left join resolved as other
        on links.linked_customer_id = other.customer_id
)

select * from final
order by customer_id, linked_customer_id, rule, evidence_number
