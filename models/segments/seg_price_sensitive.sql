with customers as (
    select * from {{ ref('customers') }}
),

playbook as (
    select * from {{ ref('segment_playbook') }}
    where segment = 'seg_price_sensitive'
),

audience as (
    select {{ segment_columns('rtn_s25') }}
    from customers
    left join playbook
        on true
    where
        customers.orders >= {{ var('price_sensitive_min_orders') }}
        and (
            customers.discount_share >= {{ var('price_sensitive_discount_share') }}
            or customers.coupon_orders
            >= {{ var('price_sensitive_coupon_share') }} * customers.orders
        )
        and customers.customer_state != 'churned'
)

select * from audience
