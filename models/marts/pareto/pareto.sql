with ranked as (
    select
        *,
        rank() over by_value as value_rank,
        -- Equal values share a rank and a cumulative value: nothing depends on the order of rows.
        sum(value) over (
            partition by basis, window_name
            order by value desc
            range between unbounded preceding and current row
        ) as cumulative_value
    from {{ ref('int_pareto__values') }}
    window by_value as (partition by basis, window_name order by value desc)
),

totals as (
    select
        basis,
        window_name,
        sum(value) filter (value > 0) as positive_value
    from ranked
    group by basis, window_name
),

counted as (
    select
        basis,
        window_name,
        value,
        count(*) as equal_customers
    from ranked
    group by basis, window_name, value
),

customers as (
    select
        customer_key,
        customer_id,
        customer_state,
        as_of_date
    from {{ ref('customer_churn') }}
),

profiles as (
    select
        customer_key,
        first_purchase_date
    from {{ ref('int_customers__profiles') }}
),

classified as (
    select
        ranked.*,
        totals.positive_value,
        {{ pareto_class(
            'ranked.value',
            '(ranked.cumulative_value - ranked.value * counted.equal_customers)',
            'totals.positive_value'
        ) }} as pareto_class
    from ranked
    inner join totals
        on ranked.basis = totals.basis and ranked.window_name = totals.window_name
    inner join counted
        on
            ranked.basis = counted.basis
            and ranked.window_name = counted.window_name
            and ranked.value = counted.value
),

final as (
    select
        classified.basis,
        classified.window_name,
        classified.customer_key,
        customers.customer_id,
        classified.value,
        classified.value_rank,
        cast(classified.cumulative_value as decimal(18, 2)) as cumulative_value,
        {{ share('classified.value', 'classified.positive_value') }} as value_share,
        classified.pareto_class,
        classified.pareto_class != 'A'
        and customers.customer_state != 'churned'
        and profiles.first_purchase_date <= {{ add_days('customers.as_of_date', -90) }}
        and classified.is_growing as is_rising,
        customers.as_of_date
    from classified
    inner join customers
        on classified.customer_key = customers.customer_key
    inner join profiles
        on classified.customer_key = profiles.customer_key
)

select * from final
