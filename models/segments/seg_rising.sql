with customers as (
    select * from {{ ref('customers') }}
),

audience as (
    select {{ segment_columns(
        'rtn_s06',
        'Their purchases grow fast: look after them now, tomorrow they are key customers.',
        'Покупают всё больше: уделите им внимание сейчас, завтра это ключевые клиенты.'
    ) }}
    from customers
    where is_rising and customer_state != 'churned'
)

select * from audience
