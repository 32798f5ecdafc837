with dates as (
    select * from {{ ref('int_pareto__dates') }}
),

cutoffs as (
    select * from {{ ref('int_pareto__cutoffs') }}
),

pairs as (
    select
        later.date_number,
        earlier.window_end as from_date,
        later.window_end as to_date
    from dates as later
    inner join dates as earlier
        on later.date_number + 1 = earlier.date_number
),

moves as (
    select
        moves.basis,
        pairs.from_date,
        pairs.to_date,
        moves.value_before,
        moves.value_after
    from {{ ref('int_pareto__moves') }} as moves
    inner join pairs
        on moves.date_number = pairs.date_number
),

classified as (
    select
        moves.*,
        {% for value, cutoff, missing in [('value_before', 'cutoffs_before', 'joined'),
                                          ('value_after', 'cutoffs_after', 'left')] -%}
        case
            when moves.{{ value }} is null then '{{ missing }}'
            when moves.{{ value }} < 0 then 'negative'
            when moves.{{ value }} >= {{ cutoff }}.class_a_from then 'A'
            when moves.{{ value }} >= {{ cutoff }}.class_b_from then 'B'
            else 'C'
        end as {{ 'from_class' if loop.first else 'to_class' }}{{ ',' if not loop.last }}
        {% endfor -%}
    from moves
    left join cutoffs as cutoffs_before
        on moves.basis = cutoffs_before.basis and moves.from_date = cutoffs_before.window_end
    left join cutoffs as cutoffs_after
        on moves.basis = cutoffs_after.basis and moves.to_date = cutoffs_after.window_end
),

summed as (
    select
        basis,
        from_date,
        to_date,
        from_class,
        to_class,
        count(*) as customers,
        sum(value_before) as value_before,
        sum(value_after) as value_after
    from classified
    group by basis, from_date, to_date, from_class, to_class
),

parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

final as (
    select
        summed.basis,
        summed.from_date,
        summed.to_date,
        summed.from_class,
        summed.to_class,
        summed.customers,
        {{ cents('summed.value_before') }} as value_before,
        {{ cents('summed.value_after') }} as value_after,
        parameters.as_of_date
    from summed
    cross join parameters
)

select * from final
order by basis, from_date, from_class, to_class
