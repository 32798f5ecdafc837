-- Who bought a second time, and who was contacted, by month of the first purchase.
create table marts.onboarding as
with newcomers as (
    select
        date_trunc('month', purchases.first_day)::date as cohort_month,
        acquisition_channel,
        next_day - purchases.first_day as days_to_second,
        contacted.customer is not null as is_contacted
    from purchases
    inner join profiles using (customer)
    left join (
        select distinct customer
        from contacts_made
        inner join profiles using (customer)
        where direction = 'out' and contact_date between first_purchase and first_purchase + 14
    ) as contacted on purchases.customer = contacted.customer
    where number = 1
),

counted as (
    select
        cohort_month,
        case when grouping(acquisition_channel) = 0 then 'acquisition_channel' else 'all' end
            as dimension_name,
        coalesce(acquisition_channel, 'all') as dimension_value,
        case when cohort_month >= getvariable('data_start')
            then getvariable('as_of') - last_day(cohort_month) end as age,
        count(*) as customers,
        count(*) filter (days_to_second <= 30) as second_30d,
        count(*) filter (days_to_second <= 60) as second_60d,
        count(*) filter (days_to_second <= 90) as second_90d,
        median(cast(days_to_second as double)) as median_days_to_second_purchase,
        count(*) filter (is_contacted) as contacted,
        count(*) filter (is_contacted and days_to_second <= 90) as contacted_second
    from newcomers
    group by grouping sets ((cohort_month), (cohort_month, acquisition_channel))
)

select
    cohort_month,
    dimension_name,
    dimension_value,
    customers as new_customers,
    case when age >= 30 then ratio(second_30d, customers) end as second_purchase_share_30d,
    case when age >= 60 then ratio(second_60d, customers) end as second_purchase_share_60d,
    case when age >= 90 then ratio(second_90d, customers) end as second_purchase_share_90d,
    median_days_to_second_purchase,
    case when age >= 14 then ratio(contacted, customers) end as contacted_share,
    case when age >= 90 then ratio(contacted_second, contacted) end
        as second_purchase_share_contacted,
    case when age >= 90 then ratio(second_90d - contacted_second, customers - contacted) end
        as second_purchase_share_not_contacted,
    getvariable('as_of') as as_of_date
from counted;
