-- Why customers of the base were lost: the contract's reason, else the exit survey's, else that of
-- the last complaint.
create temp table reasons as
with episode as (
    select distinct
        customer,
        churned_at,
        last_seen,
        by_silence,
        coalesce(ended_at - 1, getvariable('as_of')) as silent_until
    from fallen
    where origin = 'base' and is_reported
),

said as (
    (
        select
            customer,
            churned_at,
            1 as priority,
            cancel_reason as reason
        from episode
        inner join in_force using (customer)
        where not by_silence and in_force_until = last_seen and cancelled_on is not null
            and trim(cancel_reason) != ''
        qualify row_number() over (
            partition by customer, churned_at order by cancelled_on desc, contract_id
        ) = 1
    )
    union all
    select
        customer,
        churned_at,
        2,
        arg_max_null(reason, (answered_at, feedback_id))
    from episode
    inner join answers using (customer)
    where kind = 'exit_survey' and trim(reason) != ''
        and cast(answered_at as date) between last_seen - 90 and silent_until
    group by customer, churned_at
    union all
    select
        customer,
        churned_at,
        3,
        arg_max_null(reason, (occurred_at, interaction_id))
    from episode
    inner join contacts_made using (customer)
    where kind = 'complaint' and trim(reason) != '' and contact_date between churned_at - 90 and churned_at
    group by customer, churned_at
),

first_known as (
    select
        customer,
        churned_at,
        arg_min(lower(trim(reason)), priority) as reason_text
    from said
    group by customer, churned_at
)

select
    customer,
    churned_at,
    case
        when reason_text is null then 'unknown'
        else coalesce(aliases.churn_reason, standard.churn_reason, 'other')
    end as churn_reason
from episode
left join first_known using (customer, churned_at)
left join read_csv('{seeds}/churn_reason_aliases.csv') as aliases using (reason_text)
left join read_csv('{seeds}/standard_reasons.csv') as standard
    on reason_text = standard.churn_reason;

create table marts.churn_reasons as
with counted as (
    select
        id,
        alike,
        coalesce(quadrant, 'none') as quadrant,
        churn_reason,
        count(*) as churned_customers,
        sum(lost) as lost_net_sales
    from fallen
    inner join reasons using (customer, churned_at)
    inner join grouped using (customer)
    left join lost using (customer, churned_at)
    left join marts.quadrants on customer = customer_key and snapshot_before = snapshot_date
    where origin = 'base' and is_reported
    group by all
),

summed as (
    select id, dimension_name, dimension_value, churn_reason,
        sum(columns(['churned_customers', 'lost_net_sales']))
    from counted
    inner join spread using (alike)
    group by all
    union all
    select id, 'quadrant', quadrant, churn_reason,
        sum(columns(['churned_customers', 'lost_net_sales']))
    from counted
    group by all
)

select
    grain as period_grain,
    first_day as period_start,
    final_day as period_end,
    dimension_name,
    dimension_value,
    churn_reason,
    name_en as reason_name_en,
    name_ru as reason_name_ru,
    cast(churned_customers as bigint) as churned_customers,
    cast(coalesce(lost_net_sales, 0) as decimal(18, 2)) as lost_net_sales,
    churned_customers / sum(churned_customers) over (
        partition by id, dimension_name, dimension_value
    ) as churned_share,
    getvariable('as_of') as as_of_date
from summed
inner join periods_of_time using (id)
left join read_csv('{seeds}/standard_reasons.csv') as names using (churn_reason);
