-- One row per customer, all marts at customer grain side by side.
create table marts.customers as
select
    churn.customer_key,
    churn.customer_id,
    churn.basis,
    customer_type,
    churn.acquisition_channel,
    churn.country,
    first_product_category,
    relationship_level,
    tiers.service_tier,
    manager_id,
    first_purchase as first_purchase_date,
    last_purchase as last_purchase_date,
    first_contract as first_contract_date,
    churn.purchase_days,
    cast(coalesce(orders, 0) as bigint) as orders,
    cast(coalesce(gross_all, 0) as decimal(18, 2)) as gross_sales,
    cast(coalesce(discounts, 0) as decimal(18, 2)) as discounts,
    cast(coalesce(refunds, 0) as decimal(18, 2)) as refunds,
    cast(coalesce(money.net_sales, 0) as decimal(18, 2)) as net_sales,
    cast(coalesce(cost_of_goods, 0) as decimal(18, 2)) as cost_of_goods,
    cast(coalesce(shipping_and_fees, 0) as decimal(18, 2)) as shipping_and_fees,
    cast(coalesce(cost_to_serve, 0) as decimal(18, 2)) as cost_to_serve,
    cast(coalesce(contribution_margin, 0) as decimal(18, 2)) as contribution_margin,
    cast(coalesce(margin_year, 0) as decimal(18, 2)) as contribution_margin_365d,
    'EUR' as currency,
    churn.customer_state,
    churned_at,
    days_since_last_purchase,
    days_since_last_contact_in,
    days_since_last_contact_out,
    is_contact_overdue,
    pareto_class,
    coalesce(is_rising, false) as is_rising,
    quadrants.quadrant,
    loyalty_score,
    recency_score,
    frequency_score,
    monetary_score,
    rfm_segment,
    city,
    region,
    language,
    campaign as acquisition_campaign,
    cast(null as integer) as parent_customer_key,
    cast(null as varchar) as parent_customer_id,
    first_value as first_order_value,
    first_channel as first_order_channel,
    last_value as last_order_value,
    last_channel as last_order_channel,
    ratio(gross_all - discounts, orders) as average_order_value,
    case when has_coupons then coalesce(coupon_orders, 0) end as coupon_orders,
    ratio(discounts, gross_all) as discount_share,
    case when has_refunds then ratio(refunds, gross_all - discounts) end as refund_share,
    first_refund as first_refund_date,
    last_refund as last_refund_date,
    median_gap_days,
    expected_gap_days,
    last_in as last_inbound_date,
    last_in_channel as last_inbound_channel,
    last_out as last_outbound_date,
    last_out_channel as last_outbound_channel,
    case when has_contacts then coalesce(contacts_year, 0) end as contacts_365d,
    case when has_contacts then coalesce(complaints_year, 0) end as complaints_365d,
    case
        when in_year > out_year then 'in'
        when in_year < out_year then 'out'
        when contacts_year > 0 then 'both'
    end as preferred_contact_direction,
    next_contact as next_contact_date,
    nps_score,
    nps_date,
    case when has_referrals then coalesce(referrals_made, 0) end as referrals_made,
    case when has_contracts then coalesce(contracts, 0) end as contracts_in_force,
    case
        when contracts is not null then monthly_amount
        when has_contracts then 0
    end as monthly_recurring_revenue,
    next_end as next_contract_end_date,
    last_end as last_contract_end_date,
    is_auto_renewing,
    is_cancelled as is_contract_cancelled,
    cancelled_on as contract_cancelled_date,
    is_renewal_due,
    next_best_action_en,
    next_best_action_ru,
    churn.as_of_date
from profiles
cross join (
    select
        (select count(*) > 0 from order_ends where coupon_orders > 0) as has_coupons,
        (select count(*) > 0 from landed_refunds where refund_date <= getvariable('as_of'))
            as has_refunds,
        (select count(*) > 0 from contacts) as has_contacts,
        (select count(*) > 0 from referrers) as has_referrals,
        (select count(*) > 0 from contracts_held) as has_contracts
) as told
inner join tiers using (customer)
inner join marts.customer_churn as churn on customer = customer_key
left join actions using (customer)
left join money using (customer)
left join purchase_ends using (customer)
left join refund_ends using (customer)
left join contacts using (customer)
left join voice using (customer)
left join referrers using (customer)
left join contracts_held using (customer)
left join marts.customer_rfm as rfm on customer = rfm.customer_key
left join (
    from marts.pareto where basis = 'contribution_margin' and window_name = 'trailing_365d'
) as pareto on customer = pareto.customer_key
left join (from marts.quadrants where snapshot_date = as_of_date) as quadrants
    on customer = quadrants.customer_key;
