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
    next_best_action_en,
    next_best_action_ru,
    churn.as_of_date
from profiles
inner join tiers using (customer)
inner join marts.customer_churn as churn on customer = customer_key
left join money using (customer)
left join marts.customer_rfm as rfm on customer = rfm.customer_key
left join (
    from marts.pareto where basis = 'contribution_margin' and window_name = 'trailing_365d'
) as pareto on customer = pareto.customer_key
left join (from marts.quadrants where snapshot_date = as_of_date) as quadrants
    on customer = quadrants.customer_key
left join read_csv('{seeds}/quadrant_playbook.csv') as playbook
    on quadrants.quadrant = playbook.quadrant;
