-- Typed reads of every file, dirty rows dropped. Customer and order ids become whole numbers: they
-- join and group several times as fast as texts.
create temp table products as
select
    cast(substr(product_id, 2) as integer) as product,
    category,
    unit_cost,
    valid_from
from read_csv(
    '{inputs}/products.csv', auto_detect = false, header = true, delim = ',', quote = '"',
    columns = {
        'product_id': 'varchar', 'name': 'varchar', 'category': 'varchar',
        'unit_cost': 'decimal(9, 2)', 'valid_from': 'date'
    }
);

create temp table categories as
select
    category,
    row_number() over (order by category) as code
from (select distinct category from products);

create temp table spans as
with known as (
    select
        product,
        unit_cost,
        row_number() over by_day as place,
        valid_from,
        lead(valid_from, 1, date '9999-12-31') over by_day as valid_until
    from products
    where unit_cost is not null
    window by_day as (partition by product order by valid_from)
),

named as (
    select
        product,
        arg_max(category, valid_from) as category
    from products
    group by product
)

select
    named.product,
    categories.code as category_code,
    known.unit_cost,
    case when known.place > 1 then known.valid_from else date '0001-01-01' end as valid_from,
    coalesce(known.valid_until, date '9999-12-31') as valid_until
from named
inner join categories using (category)
left join known using (product);

-- Orders that come again are few: only they are sorted.
create temp table landed_orders as
select
    cast(order_id as integer) as order_id,
    cast(substr(customer_id, 2) as integer) as customer,
    make_timestamp(epoch_us(ordered_at)) as ordered_at,
    status,
    subtotal,
    coupon_discount,
    shipping_cost,
    payment_fee,
    sales_channel,
    country,
    coupon_code is not null as has_coupon,
    make_timestamp(epoch_us(updated_at)) as updated_at
from read_parquet('{inputs}/orders/*.parquet')
where order_id is not null and ordered_at is not null
    and (status is null or status in ('completed', 'pending', 'cancelled'));

create temp table repeated as
select order_id from landed_orders group by order_id having count(*) > 1;

create temp table headers as
select * exclude (updated_at), cast(ordered_at as date) as order_date
from (
    select * from landed_orders where order_id not in (from repeated)
    union all
    (
        select landed_orders.* from landed_orders semi join repeated using (order_id)
        qualify row_number() over (partition by order_id order by updated_at desc) = 1
    )
);

drop table landed_orders;

set variable as_of = (
    select max(order_date) from headers where status is distinct from 'cancelled'
);
set variable data_start = (
    select min(order_date) from headers where status is distinct from 'cancelled'
);

-- The largest line decides an order's category: amount and category in one number, so that a plain
-- max finds it (of equal lines the first category by name).
create temp table line_sums as
select
    order_id,
    sum(gross) as gross,
    sum(discount) as discounts,
    sum(case when unit_cost is null then cast((gross - discount) * 0.6 as decimal(18, 2))
        else quantity * unit_cost end) as cost,
    99 - max(cast(gross * 10000 as bigint) + 99 - category_code) % 100 as category_code
from (
    select
        lines.order_id,
        quantity,
        cast(quantity * unit_price as decimal(18, 2)) as gross,
        coalesce(discount, 0) as discount,
        spans.unit_cost,
        spans.category_code
    from (
        select
            order_id,
            quantity,
            unit_price,
            discount,
            cast(substr(product_id, 2) as integer) as product
        from read_csv(
            '{inputs}/order_lines/order_lines_????-??.csv', auto_detect = false, header = true,
            delim = ',', quote = '"', escape = '"', store_rejects = true, rejects_limit = 0,
            columns = {
                'order_line_id': 'varchar', 'order_id': 'integer', 'product_id': 'varchar',
                'quantity': 'integer', 'unit_price': 'decimal(9, 2)', 'discount': 'decimal(9, 2)'
            }
        )
        where order_line_id is not null and order_id is not null
            and quantity is not null and unit_price is not null
    ) as lines
    inner join headers on lines.order_id = headers.order_id
    left join spans
        on lines.product = spans.product
        and headers.order_date >= spans.valid_from and headers.order_date < spans.valid_until
    where headers.status is distinct from 'cancelled'
)
group by order_id;

create temp table landed_refunds as
select
    refund_id,
    cast(order_id as integer) as order_id,
    cast(substr(customer_id, 2) as integer) as customer,
    refunded_at,
    cast(refunded_at as date) as refund_date,
    amount
from read_csv(
    '{inputs}/refunds.csv', auto_detect = false, header = true, delim = ',', quote = '"',
    escape = '"', store_rejects = true, rejects_limit = 0,
    columns = {
        'refund_id': 'varchar', 'order_id': 'varchar', 'order_line_id': 'varchar',
        'product_id': 'varchar', 'customer_id': 'varchar', 'refunded_at': 'timestamp',
        'amount': 'decimal(18, 2)', 'currency': 'varchar', 'reason': 'varchar'
    }
)
where refund_id is not null and refunded_at is not null and amount is not null;

create temp table contacts_made as
select
    interaction_id,
    cast(substr(customer_id, 2) as integer) as customer,
    occurred_at,
    cast(occurred_at as date) as contact_date,
    direction,
    channel,
    kind,
    reason,
    next_contact_on,
    cast(coalesce(cost_amount, case channel
        when 'call' then 4 when 'e-mail' then 1.5 when 'visit' then 40 when 'chat' then 2
        when 'letter' then 2.5 when 'sms' then 0.1 else 0
    end) as decimal(18, 2)) as cost_to_serve
from read_json(
    '{inputs}/interactions.jsonl', format = 'newline_delimited', ignore_errors = true,
    columns = {
        'interaction_id': 'varchar', 'customer_id': 'varchar', 'occurred_at': 'timestamp',
        'direction': 'varchar', 'channel': 'varchar', 'kind': 'varchar', 'reason': 'varchar',
        'next_contact_on': 'date', 'cost_amount': 'decimal(9, 2)'
    }
)
where interaction_id is not null and customer_id is not null and occurred_at is not null
    and (channel is null or channel in ('call', 'e-mail', 'visit', 'chat', 'letter', 'sms'))
    and occurred_at < cast(getvariable('as_of') + 1 as timestamp);

create temp table answers as
select
    cast(substr(customer_id, 2) as integer) as customer,
    feedback_id,
    answered_at,
    kind,
    try_cast(score as double) as score,
    reason
from read_json(
    '{inputs}/feedback.jsonl', format = 'newline_delimited', ignore_errors = true,
    columns = {
        'feedback_id': 'varchar', 'customer_id': 'varchar', 'answered_at': 'timestamp',
        'kind': 'varchar', 'score': 'varchar', 'reason': 'varchar'
    }
)
where feedback_id is not null and customer_id is not null and answered_at is not null
    and (score is null or try_cast(score as double) is not null);

create temp table referrals as
select
    referral_id,
    cast(substr(referrer_id, 2) as integer) as customer,
    cast(substr(referred_id, 2) as integer) as referred,
    referred_at,
    cast(referred_at as date) as referred_on
from read_csv(
    '{inputs}/referrals.csv', auto_detect = false, header = true, delim = ',', quote = '"',
    escape = '"', store_rejects = true, rejects_limit = 0,
    columns = {
        'referral_id': 'varchar', 'referrer_id': 'varchar', 'referred_id': 'varchar',
        'referred_at': 'timestamp'
    }
)
where referral_id is not null and referrer_id is not null and referred_at is not null;

create temp table spent as
select
    channel as acquisition_channel,
    spent_on,
    coalesce(purpose, 'acquire') as purpose,
    amount
from read_csv(
    '{inputs}/marketing_spend.csv', auto_detect = false, header = true, delim = ',', quote = '"',
    escape = '"', store_rejects = true, rejects_limit = 0,
    columns = {
        'spent_on': 'date', 'channel': 'varchar', 'campaign': 'varchar', 'purpose': 'varchar',
        'amount': 'decimal(9, 2)', 'currency': 'varchar'
    }
)
where spent_on <= getvariable('as_of') and channel is not null and amount is not null;
