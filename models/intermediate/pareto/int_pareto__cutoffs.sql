-- One row per basis × date with anybody's positive value: the smallest values of class A and of
-- class B, by the rule of `pareto`. Only values near the two limits are ranked one by one; of all
-- others the sum of their bucket is enough.
with snapshots as (
    select
        snapshot_number,
        snapshot_date
    from {{ ref('int_quadrants__snapshots') }}
    where
        snapshot_date not in (
            select dates.window_end from {{ ref('int_pareto__dates') }} as dates
        )
),

customer_values as (
    {% for basis in ['contribution_margin', 'net_sales', 'gross_sales'] -%}
    select
        '{{ basis }}' as basis,
        window_end,
        {{ basis }} as value
    from {{ ref('int_pareto__history') }}
    where {{ basis }} > 0
    union all
    {% endfor -%}
    select
        'contribution_margin' as basis,
        snapshots.snapshot_date as window_end,
        population.profitability as value
    from {{ ref('int_quadrants__population') }} as population
    inner join snapshots
        on population.snapshot_number = snapshots.snapshot_number
    where
        population.profitability > 0
        and {{ days_between('population.last_purchase_date', 'population.snapshot_date') }} < 365
),

-- Square roots are rounded one and the same way everywhere: a larger value is never in a lower
-- bucket, whatever the currency.
bucketed as (
    select
        *,
        cast(floor(sqrt(cast(100 * value as double))) as integer) as bucket
    from customer_values
),

buckets as (
    select
        basis,
        window_end,
        bucket,
        sum(value) as bucket_value
    from bucketed
    group by basis, window_end, bucket
),

cumulated as (
    select
        *,
        sum(bucket_value) over (
            partition by basis, window_end
            order by bucket desc
            rows between unbounded preceding and current row
        ) - bucket_value as value_above,
        sum(bucket_value) over (partition by basis, window_end) as positive_value
    from buckets
),

-- The buckets in which a class ends.
critical as (
    select * from cumulated
    where
        (
            value_above < 0.80 * positive_value
            and value_above + bucket_value >= 0.80 * positive_value
        )
        or (
            value_above < 0.95 * positive_value
            and value_above + bucket_value >= 0.95 * positive_value
        )
),

near_limits as (
    select
        critical.basis,
        critical.window_end,
        critical.bucket,
        critical.value_above,
        critical.positive_value,
        bucketed.value,
        sum(bucketed.value) as value_sum
    from bucketed
    inner join critical
        on
            bucketed.basis = critical.basis
            and bucketed.window_end = critical.window_end
            and bucketed.bucket = critical.bucket
    group by all
),

ranked as (
    select
        basis,
        window_end,
        value,
        positive_value,
        value_above + sum(value_sum) over (
            partition by basis, window_end, bucket
            order by value desc
            rows between unbounded preceding and current row
        ) - value_sum as value_above
    from near_limits
),

classified as (
    select
        *,
        {{ pareto_class('value', 'value_above', 'positive_value') }} as pareto_class
    from ranked
),

cutoffs as (
    select
        basis,
        window_end,
        min(value) filter (pareto_class = 'A') as class_a_from,
        min(value) filter (pareto_class in ('A', 'B')) as class_b_from
    from classified
    group by basis, window_end
)

select * from cutoffs
