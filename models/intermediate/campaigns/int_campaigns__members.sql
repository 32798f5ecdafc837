-- One row per campaign and customer who was assigned to one of its arms. A campaign with a holdout
-- of its own has its own assignments; any other is measured by the global ones of its segment and
-- destination. The first assignment counts, whatever became of the customer: intention to treat.
with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

campaigns as (
    select
        campaigns.campaign_id,
        campaigns.segment,
        campaigns.destination,
        campaigns.starts_on,
        {{ response_window_days() }} as response_window_days
    from {{ ref('stg_campaigns') }} as campaigns
    cross join parameters
    where campaigns.starts_on <= parameters.as_of_date
),

assignments as (
    select
        assigned.campaign_id,
        assigned.segment,
        assigned.destination,
        assigned.arm,
        assigned.assigned_on,
        customers.customer_id,
        customers.customer_key
    from {{ source('landing', '_export_assignments') }} as assigned
    cross join parameters
    inner join {{ ref('int_customers__without_tests') }} as customers
        on assigned.customer_id = customers.customer_id
    where assigned.assigned_on <= parameters.as_of_date
),

own as (
    select
        campaigns.*,
        assignments.customer_id,
        assignments.customer_key,
        assignments.arm,
        assignments.assigned_on
    from campaigns
    inner join assignments
        on campaigns.campaign_id = assignments.campaign_id
),

-- Who is assigned for the first time when the responses are already counted was not meant.
shared as (
    select
        campaigns.*,
        assignments.customer_id,
        assignments.customer_key,
        assignments.arm,
        assignments.assigned_on
    from campaigns
    inner join assignments
        on
            campaigns.segment = assignments.segment
            and campaigns.destination = assignments.destination
            and assignments.campaign_id is null
            and {{ add_days('campaigns.starts_on', 'campaigns.response_window_days') }}
            > assignments.assigned_on
    where campaigns.campaign_id not in (select own.campaign_id from own)
),

assigned as (
    select * from own
    union all
    select * from shared
),

-- Of several identities of one customer the first assigned counts.
members as (
    select
        campaign_id,
        customer_key,
        arm,
        response_window_days,
        greatest(starts_on, assigned_on) as window_start,
        {{ add_days('greatest(starts_on, assigned_on)', 'response_window_days - 1') }}
            as window_end
    from assigned
    qualify
        row_number() over (
            partition by campaign_id, customer_key order by assigned_on, customer_id, arm
        ) = 1
)

select * from members
