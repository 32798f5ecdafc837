with customers as (
    select * from {{ ref('customers') }}
),

audience as (
    select {{ segment_columns(
        'rtn_s05',
        'They have been silent longer than usual: ask what is wrong and give a reason to come back.',
        'Молчат дольше обычного: спросите, что случилось, и дайте повод вернуться.'
    ) }}
    from customers
    where customer_state = 'at_risk'
)

select * from audience
