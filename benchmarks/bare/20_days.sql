-- Orders with their money and fate (1 counts), refunds, billing days; then one row per customer
-- and day.
create temp table orders as
select
    priced.*,
    case
        when tests.customer is not null then 2
        when gross - discounts > 0 and undone.amount >= gross - discounts then 3
        when priced.customer is null then 4
        else 1
    end as fate
from (
    select
        headers.order_id,
        headers.customer,
        headers.ordered_at,
        headers.order_date,
        headers.country,
        headers.sales_channel,
        headers.has_coupon,
        line_sums.category_code,
        cast(coalesce(line_sums.gross, headers.subtotal, 0) as decimal(18, 2)) as gross,
        cast(coalesce(line_sums.discounts, 0) + coalesce(headers.coupon_discount, 0)
            as decimal(18, 2)) as discounts,
        cast(coalesce(
            line_sums.cost,
            (coalesce(headers.subtotal, 0) - coalesce(headers.coupon_discount, 0)) * 0.6
        ) as decimal(18, 2)) as cost,
        cast(coalesce(headers.shipping_cost, 0) + coalesce(headers.payment_fee, 0)
            as decimal(18, 2)) as other_costs
    from headers
    left join line_sums using (order_id)
    where headers.status is distinct from 'cancelled'
) as priced
left join tests on priced.customer = tests.customer
left join (
    select
        order_id,
        refund_date,
        sum(amount) as amount
    from landed_refunds
    where order_id is not null
    group by all
) as undone on priced.order_id = undone.order_id and priced.order_date = undone.refund_date;

create temp table refunds as
with matched as (
    select
        case when orders.order_id is null then landed_refunds.customer else orders.customer end
            as customer,
        landed_refunds.order_id,
        refunded_at,
        refund_id,
        refund_date,
        coalesce(orders.order_date, refund_date) as attributed_date,
        landed_refunds.amount,
        orders.cost,
        orders.gross - orders.discounts as net,
        landed_refunds.customer in (from tests) as is_test,
        coalesce(orders.fate, 0) as fate
    from landed_refunds
    left join orders using (order_id)
    where refund_date <= getvariable('as_of')
        -- What was cancelled was never sold: its refund undoes nothing.
        and (
            landed_refunds.order_id is null or landed_refunds.order_id not in (
                select order_id from headers where status = 'cancelled'
            )
        )
),

so_far as (
    select
        *,
        least(cast(sum(amount) over (
            partition by order_id order by refunded_at, refund_id rows unbounded preceding
        ) as decimal(18, 2)), net) as given,
        least(cast(sum(amount) over (
            partition by order_id order by refunded_at, refund_id rows unbounded preceding
        ) - amount as decimal(18, 2)), net) as given_before
    from matched
    where customer is not null and fate not in (2, 3, 4) and not coalesce(is_test, false)
)

select
    customer,
    refund_date,
    attributed_date,
    amount,
    case
        when net > 0 then cast(
            (2 * cast(cost * 100 as hugeint) * cast(given * 100 as hugeint)
                + cast(net * 100 as hugeint)) // (2 * cast(net * 100 as hugeint))
            - (2 * cast(cost * 100 as hugeint) * cast(given_before * 100 as hugeint)
                + cast(net * 100 as hugeint)) // (2 * cast(net * 100 as hugeint))
        as decimal(18, 0)) * 0.01
        when net is not null then least(cast(amount * 0.6 as decimal(18, 2)), cost)
        else cast(amount * 0.6 as decimal(18, 2))
    end as returned_cost
from so_far;

create temp table billings as
select
    contract_id,
    customer,
    billed_on,
    cast(recurring_amount as decimal(18, 2)) as gross
from (
    select
        *,
        cast(in_force_from + to_months(cast(number * months_between_bills as integer)) as date)
            as billed_on
    from (
        select
            *,
            unnest(range(
                date_diff('month', in_force_from, getvariable('as_of')) // months_between_bills + 1
            )) as number
        from in_force
        where recurring_amount is not null
            and customer not in (select customer from orders where customer is not null)
    )
)
where billed_on <= getvariable('as_of') and coalesce(billed_on <= in_force_until, true);

create temp table days as
select
    customer,
    day,
    orders,
    gross,
    discounts,
    refunds_attributed,
    cost_of_goods,
    other_costs,
    cost_to_serve,
    cast(gross - discounts - refunds_booked as decimal(18, 2)) as net_booked,
    cast(gross - discounts - refunds_attributed as decimal(18, 2)) as net_attributed,
    cast(gross - discounts - refunds_booked - other_costs
        - (cost - returned_booked) as decimal(18, 2)) as margin_booked,
    cast(gross - discounts - refunds_attributed - other_costs
        - cost_of_goods as decimal(18, 2)) as margin_attributed
from (
    select
        customer,
        day,
        cast(sum(orders) as integer) as orders,
        cast(sum(gross) as decimal(18, 2)) as gross,
        cast(sum(discounts) as decimal(18, 2)) as discounts,
        cast(sum(cost) as decimal(18, 2)) as cost,
        cast(sum(other_costs) as decimal(18, 2)) as other_costs,
        cast(sum(cost_to_serve) as decimal(18, 2)) as cost_to_serve,
        cast(sum(refunds_booked) as decimal(18, 2)) as refunds_booked,
        cast(sum(returned_booked) as decimal(18, 2)) as returned_booked,
        cast(sum(refunds_attributed) as decimal(18, 2)) as refunds_attributed,
        cast(sum(cost) - sum(returned_attributed) as decimal(18, 2)) as cost_of_goods
    from (
        select customer, order_date as day, 1 as orders, gross, discounts, cost, other_costs,
            0.00 as cost_to_serve, 0.00 as refunds_booked, 0.00 as returned_booked,
            0.00 as refunds_attributed, 0.00 as returned_attributed
        from orders
        where fate = 1
        union all
        select customer, billed_on, 1, gross, 0, cast(gross * 0.6 as decimal(18, 2)),
            0, 0, 0, 0, 0, 0
        from billings
        union all
        select customer, refund_date, 0, 0, 0, 0, 0, 0, amount, returned_cost, 0, 0 from refunds
        union all
        select customer, attributed_date, 0, 0, 0, 0, 0, 0, 0, 0, amount, returned_cost
        from refunds
        union all
        select customer, contact_date, 0, 0, 0, 0, cost_to_serve, cost_to_serve, 0, 0, 0, 0
        from contacts_made
        where cost_to_serve != 0 and customer not in (from tests)
    )
    group by customer, day
);
