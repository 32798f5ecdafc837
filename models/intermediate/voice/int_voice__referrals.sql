-- One row per referral up to as_of_date: who made it, whether the referred bought, and what.
with parameters as (
    select as_of_end from {{ ref('int_run__parameters') }}
),

customers as (
    select
        customer_id,
        customer_key
    from {{ ref('int_customers__without_tests') }}
),

profiles as (
    select
        customer_key,
        last_purchase_date
    from {{ ref('int_customers__profiles') }}
),

referrals as (
    select
        referrals.referral_id,
        referrals.referred_at,
        {{ reporting_date('referrals.referred_at') }} as referral_date,
        referrers.customer_key,
        referred.customer_key as referred_customer_key,
        referred.customer_key is not null
        and row_number() over (
            partition by referred.customer_key
            order by referrals.referred_at, referrals.referral_id
        ) = 1 as is_first
    from {{ ref('stg_referrals') }} as referrals
    cross join parameters
    inner join customers as referrers
        on referrals.referrer_id = referrers.customer_id
    left join customers as referred
        on referrals.referred_id = referred.customer_id
    where
        referrals.referred_at < parameters.as_of_end
        -- Nobody refers themselves, by whichever of their ids.
        and referrals.referrer_id is distinct from referrals.referred_id
        and referrers.customer_key is distinct from referred.customer_key
),

sales as (
    select
        referrals.referral_id,
        {{ cents('sum(customer_days.net_sales_attributed)') }} as referred_net_sales
    from {{ ref('int_sales__customer_days') }} as customer_days
    inner join referrals
        on
            customer_days.customer_key = referrals.referred_customer_key
            and customer_days.sales_date >= referrals.referral_date
    where referrals.is_first
    group by referrals.referral_id
),

judged as (
    select
        referrals.referral_id,
        referrals.customer_key,
        referrals.referral_date,
        coalesce(profiles.last_purchase_date >= referrals.referral_date, false) as is_converted,
        coalesce(sales.referred_net_sales, 0) as referred_net_sales
    from referrals
    left join profiles
        on referrals.referred_customer_key = profiles.customer_key
    left join sales
        on referrals.referral_id = sales.referral_id
)

select * from judged
