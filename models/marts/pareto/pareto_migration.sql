{%- set bases = ['contribution_margin', 'net_sales', 'gross_sales'] %}

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

classified as (
    select
        history.date_number,
        {% for basis in bases -%}
        history.{{ basis }},
        case
            when history.{{ basis }} < 0 then 'negative'
            when history.{{ basis }} >= {{ basis }}_cutoffs.class_a_from then 'A'
            when history.{{ basis }} >= {{ basis }}_cutoffs.class_b_from then 'B'
            else 'C'
        end as {{ basis }}_class,
        {% endfor -%}
        history.customer_key
    from {{ ref('int_pareto__history') }} as history
    {% for basis in bases -%}
    left join cutoffs as {{ basis }}_cutoffs
        on
            history.window_end = {{ basis }}_cutoffs.window_end
            and {{ basis }}_cutoffs.basis = '{{ basis }}'
    {% endfor %}
),

earlier as (
    select
        classified.*,
        pairs.date_number as move_number
    from classified
    inner join pairs
        on classified.date_number = pairs.date_number + 1
),

later as (
    select
        classified.*,
        pairs.date_number as move_number
    from classified
    inner join pairs
        on classified.date_number = pairs.date_number
),

moves as (
    select
        {% for basis in bases -%}
        earlier.{{ basis }} as {{ basis }}_before,
        later.{{ basis }} as {{ basis }}_after,
        coalesce(earlier.{{ basis }}_class, 'joined') as {{ basis }}_from,
        coalesce(later.{{ basis }}_class, 'left') as {{ basis }}_to,
        {% endfor -%}
        coalesce(later.move_number, earlier.move_number) as move_number
    from later
    full outer join earlier
        on
            later.customer_key = earlier.customer_key
            and later.move_number = earlier.move_number
),

-- One pass over the moves: as many rows as there are classes of three bases, before and after.
counted as (
    select
        move_number,
        {% for basis in bases -%}
        {{ basis }}_from,
        {{ basis }}_to,
        sum({{ basis }}_before) as {{ basis }}_before,
        sum({{ basis }}_after) as {{ basis }}_after,
        {% endfor -%}
        count(*) as customers
    from moves
    group by
        {% for basis in bases -%}
        {{ basis }}_from, {{ basis }}_to,
        {% endfor -%}
        move_number
),

summed as (
    {% for basis in bases -%}
    select
        '{{ basis }}' as basis,
        pairs.from_date,
        pairs.to_date,
        counted.{{ basis }}_from as from_class,
        counted.{{ basis }}_to as to_class,
        sum(counted.customers) as customers,
        sum(counted.{{ basis }}_before) as value_before,
        sum(counted.{{ basis }}_after) as value_after
    from counted
    inner join pairs
        on counted.move_number = pairs.date_number
    group by pairs.from_date, pairs.to_date, counted.{{ basis }}_from, counted.{{ basis }}_to
    {{ 'union all' if not loop.last }}
    {% endfor %}
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
        cast(summed.customers as bigint) as customers,
        {{ cents('summed.value_before') }} as value_before,
        {{ cents('summed.value_after') }} as value_after,
        parameters.as_of_date
    from summed
    cross join parameters
)

select * from final
order by basis, from_date, from_class, to_class
