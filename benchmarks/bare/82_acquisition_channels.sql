-- What each channel's cohorts cost and bring in.
create table marts.acquisition_channels as
with began as (
    select
        profiles.customer,
        profiles.acquisition_channel,
        cohort_date,
        month_id(cohort_date) as cohort,
        loyalty_score,
        pareto_class = 'A' as is_class_a
    from profiles
    inner join marts.customers on customer = customer_key
    where cohort_date is not null
),

further as (
    select
        customer,
        next_day
    from purchases
    anti join contractual using (customer)
    where number = 1
    union all
    select
        customer,
        min(day)
    from purchases
    inner join contractual using (customer)
    where day > first_contract
    group by customer
),

cohorts as (
    select
        acquisition_channel,
        cohort,
        count(*) as customers,
        count(*) filter (next_day - cohort_date <= 30) as repeated_30d,
        count(*) filter (next_day - cohort_date <= 90) as repeated_90d,
        count(*) filter (next_day - cohort_date <= 180) as repeated_180d,
        count(*) filter (next_day - cohort_date <= 365) as repeated_365d,
        count(*) filter (is_class_a) as class_a,
        cast(sum(loyalty_score) as double) / count(loyalty_score) as mean_loyalty_score
    from began
    left join further using (customer)
    group by all
),

spends as (
    select
        acquisition_channel,
        month_id(spent_on) as cohort,
        sum(amount) as spend
    from spent
    where purpose = 'acquire' and spent_on >= date_trunc('month', getvariable('data_start'))
    group by all
),

cells as (
    select
        * replace (coalesce(customers, 0) as customers, coalesce(spend, 0) as spend),
        first_day as cohort_month,
        case when first_day >= getvariable('data_start')
            then getvariable('as_of') - final_day end as age
    from cohorts
    full join spends using (acquisition_channel, cohort)
    inner join periods_of_time on cohort = id
),

margins as (
    select
        acquisition_channel,
        cohort,
        since,
        sum(cents) as margin,
        coalesce(sum(cents) filter (days <= 30), 0) as margin_30d,
        coalesce(sum(cents) filter (days <= 90), 0) as margin_90d,
        coalesce(sum(cents) filter (days <= 180), 0) as margin_180d,
        coalesce(sum(cents) filter (days <= 365), 0) as margin_365d
    from (
        select
            acquisition_channel,
            cohort,
            greatest(month_id(day) - cohort, 0) as since,
            day - cohort_date as days,
            cast(margin_attributed * 100 as double) as cents
        from days
        inner join began using (customer)
        union all
        -- What cost nothing is paid back in month 0, also where nothing came in.
        select acquisition_channel, cohort, 0, 0, 0 from cohorts
    )
    group by all
),

earned as (
    select
        acquisition_channel,
        cohort,
        sum(margin_30d) / 100 as margin_30d,
        sum(margin_90d) / 100 as margin_90d,
        sum(margin_180d) / 100 as margin_180d,
        sum(margin_365d) / 100 as margin_365d,
        min(since) filter (so_far >= spend * 100 and final_day <= getvariable('as_of'))
            as months_to_pay_back
    from (
        select
            *,
            sum(margin) over (
                partition by acquisition_channel, cohort order by since
            ) as so_far
        from margins
    )
    inner join (select acquisition_channel, cohort, spend from cells)
        using (acquisition_channel, cohort)
    inner join (select id, final_day from periods_of_time) on cohort + since = id
    group by all
)

select
    acquisition_channel,
    cohort_month,
    customers as new_customers,
    cast(spend as decimal(18, 2)) as spend,
    ratio(spend, customers) as cost_per_customer,
    case when age >= 30 then ratio(repeated_30d, customers) end as repeat_share_30d,
    case when age >= 90 then ratio(repeated_90d, customers) end as repeat_share_90d,
    case when age >= 180 then ratio(repeated_180d, customers) end as repeat_share_180d,
    case when age >= 365 then ratio(repeated_365d, customers) end as repeat_share_365d,
    case when age >= 30 then ratio(margin_30d, customers) end
        as cumulative_margin_per_customer_30d,
    case when age >= 90 then ratio(margin_90d, customers) end
        as cumulative_margin_per_customer_90d,
    case when age >= 180 then ratio(margin_180d, customers) end
        as cumulative_margin_per_customer_180d,
    case when age >= 365 then ratio(margin_365d, customers) end
        as cumulative_margin_per_customer_365d,
    case when age >= 30 then ratio(margin_30d, spend) end as margin_to_cost_30d,
    case when age >= 90 then ratio(margin_90d, spend) end as margin_to_cost_90d,
    case when age >= 180 then ratio(margin_180d, spend) end as margin_to_cost_180d,
    case when age >= 365 then ratio(margin_365d, spend) end as margin_to_cost_365d,
    cast(months_to_pay_back as integer) as months_to_pay_back,
    ratio(class_a, customers) as class_a_share,
    mean_loyalty_score,
    getvariable('as_of') as as_of_date
from cells
left join earned using (acquisition_channel, cohort);
