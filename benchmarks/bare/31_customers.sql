-- Who is known, their dimensions, their money; then the marts `customer_rfm` and `customer_value`.
create temp table order_ends as
select
    customer,
    arg_min_null(country, key) as country,
    arg_min_null(category_code, key) as category_code,
    arg_min(value, key) as first_value,
    arg_min_null(sales_channel, key) as first_channel,
    arg_max(value, key) as last_value,
    arg_max_null(sales_channel, key) as last_channel,
    count(*) filter (has_coupon) as coupon_orders
from (
    select
        customer,
        country,
        category_code,
        sales_channel,
        has_coupon,
        cast(gross - discounts as decimal(18, 2)) as value,
        -- Time, then id, in one number.
        epoch(ordered_at)::bigint * 4294967296 + order_id as key
    from orders
    where fate = 1
)
group by customer;

create temp table profiles as
with spans as (
    select
        customer,
        min(day) filter (orders > 0) as first_purchase,
        max(day) filter (orders > 0) as last_purchase,
        cast(count(*) filter (orders > 0) as integer) as purchase_days
    from days
    group by customer
),

seen as (
    select customer from headers where status = 'cancelled' and order_date <= getvariable('as_of')
    union all
    select customer from landed_refunds where refund_date <= getvariable('as_of')
    union all
    select customer from contacts_made
    union all
    select customer from answers where answered_at < cast(getvariable('as_of') + 1 as timestamp)
    union all
    select customer from referrals where referred_on <= getvariable('as_of')
    union all
    select customer from contractual
    union all
    select customer from spans
),

known as (
    select
        customer, customer_id, acquisition_channel, country, customer_type, company_name,
        service_tier, manager_id, city, region, language, campaign
    from cards
    where not is_test and coalesce(created_at < cast(getvariable('as_of') + 1 as timestamp), true)
    union all by name
    select distinct
        customer,
        printf('C%08d', customer) as customer_id
    from seen
    where customer is not null
        and customer not in (
            select customer from cards
            where is_test
                or coalesce(created_at < cast(getvariable('as_of') + 1 as timestamp), true)
        )
)

select
    known.customer,
    customer_id,
    manager_id,
    city,
    region,
    language,
    campaign,
    first_purchase,
    last_purchase,
    first_contract,
    coalesce(purchase_days, 0) as purchase_days,
    coalesce(acquisition_channel, 'unknown') as acquisition_channel,
    coalesce(known.country, order_ends.country, 'unknown') as country,
    coalesce(customer_type, case when company_name is not null then 'company' end, 'unknown')
        as customer_type,
    coalesce(category, 'unknown') as first_product_category,
    coalesce(service_tier, 'unknown') as service_tier,
    case when first_contract is null then 'transactional' else 'contractual' end as basis,
    coalesce(first_contract, first_purchase) as cohort_date
from known
left join spans on known.customer = spans.customer
left join order_ends on known.customer = order_ends.customer
left join categories on order_ends.category_code = categories.code
left join contractual on known.customer = contractual.customer;

create temp table money as
select
    days.customer,
    sum(orders) as orders,
    cast(sum(discounts) as decimal(18, 2)) as discounts,
    cast(sum(refunds_attributed) as decimal(18, 2)) as refunds,
    cast(sum(cost_of_goods) as decimal(18, 2)) as cost_of_goods,
    cast(sum(other_costs - cost_to_serve) as decimal(18, 2)) as shipping_and_fees,
    cast(sum(cost_to_serve) as decimal(18, 2)) as cost_to_serve,
    cast(sum(margin_attributed) as decimal(18, 2)) as contribution_margin,
    cast(sum(net_attributed) as decimal(18, 2)) as net_sales,
    cast(sum(gross) as decimal(18, 2)) as gross_all,
    cast(sum(net_booked) as decimal(18, 2)) as net_all,
    cast(sum(margin_booked) as decimal(18, 2)) as margin_all,
    cast(sum(gross) filter (is_trailing) as decimal(18, 2)) as gross_year,
    cast(sum(net_booked) filter (is_trailing) as decimal(18, 2)) as net_year,
    cast(sum(margin_booked) filter (is_trailing) as decimal(18, 2)) as margin_year,
    cast(sum(gross) filter (is_later) as decimal(18, 2)) as gross_later,
    cast(sum(net_booked) filter (is_later) as decimal(18, 2)) as net_later,
    cast(sum(margin_booked) filter (is_later) as decimal(18, 2)) as margin_later,
    cast(sum(gross) filter (is_earlier) as decimal(18, 2)) as gross_earlier,
    cast(sum(net_booked) filter (is_earlier) as decimal(18, 2)) as net_earlier,
    cast(sum(margin_booked) filter (is_earlier) as decimal(18, 2)) as margin_earlier,
    cast(sum(gross - discounts) filter (orders > 0 and day > first_purchase) as decimal(18, 2))
        as repeat_value,
    bool_or(orders > 0 and is_trailing) as has_trailing_purchase,
    bool_or(orders > 0) as has_purchase,
    count(*) filter (orders > 0 and (is_earlier or is_later)) as compared_days
from (
    select
        days.*,
        first_purchase,
        day > getvariable('as_of') - 365 as is_trailing,
        day >= later_from as is_later,
        day >= earlier_from and day < later_from as is_earlier
    from days
    inner join (
        select
            customer,
            first_purchase,
            greatest(first_purchase, getvariable('as_of') - 729) as earlier_from,
            case
                when first_purchase <= getvariable('as_of') - 729
                    then getvariable('as_of') - 364
                else first_purchase
                    + cast(ceil((getvariable('as_of') - first_purchase + 1) / 2.0) as integer)
            end as later_from
        from profiles
    ) as spans on days.customer = spans.customer
) as days
group by days.customer;

create table marts.customer_rfm as
with scored as (
    select
        profiles.*,
        money.net_sales,
        cast(
            1 + least(4, 5 * (rank() over (order by last_purchase) - 1) // count(*) over ())
        as integer) as recency_score,
        cast(
            1 + least(4, 5 * (rank() over (order by purchase_days) - 1) // count(*) over ())
        as integer) as frequency_score,
        cast(
            1 + least(4, 5 * (rank() over (order by money.net_sales) - 1) // count(*) over ())
        as integer) as monetary_score
    from profiles
    inner join money on profiles.customer = money.customer
    where first_purchase is not null
)

select
    customer as customer_key,
    customer_id,
    last_purchase as last_purchase_date,
    purchase_days,
    cast(net_sales as decimal(18, 2)) as net_sales,
    recency_score,
    frequency_score,
    monetary_score,
    rfm_segment,
    getvariable('as_of') as as_of_date
from scored
left join read_csv('{seeds}/rfm_segments.csv') as segments using (recency_score, frequency_score);

create table marts.customer_value as
select
    profiles.customer as customer_key,
    customer_id,
    purchase_days - 1 as frequency_x,
    (last_purchase - first_purchase) / 7.0::double as recency_t_x,
    (getvariable('as_of') - first_purchase) / 7.0::double as age_t,
    cast(repeat_value as double) / nullif(purchase_days - 1, 0) as monetary_m,
    cast(null as double) as probability_alive,
    cast(null as double) as expected_purchases_30d,
    cast(null as double) as expected_purchases_90d,
    cast(null as double) as expected_purchases_365d,
    cast(null as double) as predicted_margin_365d,
    false as is_trusted,
    getvariable('as_of') as as_of_date
from profiles
inner join money on profiles.customer = money.customer
where first_purchase is not null;
