{%- set axes = {
    'loyalty': ('loyalty_score', 'loyalty_threshold'),
    'profitability': ('profitability', 'profitability_threshold'),
} %}

-- Who changes sides on one axis changes the quadrant: the other threshold stays.
with quadrants as (
    select * from {{ ref('quadrants') }}
),

thresholds as (
    select
        snapshot_date,
        as_of_date,
        max(loyalty_threshold) as loyalty_threshold,
        max(profitability_threshold) as profitability_threshold
    from quadrants
    group by snapshot_date, as_of_date
),

moved as (
    {% for axis, (_, threshold) in axes.items() -%}
    {%- for change in ['-0.1', '0.1'] -%}
    select
        snapshot_date,
        as_of_date,
        '{{ axis }}' as axis,
        cast({{ change }} as double) as threshold_change,
        {{ threshold }} as threshold,
        -- Rounded, for 50 × 1.1 is a little more than 55 in binary fractions.
        round({{ threshold }} * (1 + {{ change }}), 9) as moved_threshold
    from thresholds
    {{ 'union all' if not loop.last }}
    {% endfor -%}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

sides as (
    {% for axis, (measure, threshold) in axes.items() -%}
    select
        moved.snapshot_date,
        moved.axis,
        moved.threshold_change,
        count(*) as customers,
        count(*) filter (
            (quadrants.{{ measure }} >= moved.threshold)
            != (quadrants.{{ measure }} >= moved.moved_threshold)
        ) as changed_customers
    from quadrants
    inner join moved
        on quadrants.snapshot_date = moved.snapshot_date
    where moved.axis = '{{ axis }}'
    group by moved.snapshot_date, moved.axis, moved.threshold_change
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (
    select
        moved.snapshot_date,
        moved.axis,
        moved.threshold_change,
        moved.threshold,
        moved.moved_threshold,
        sides.customers,
        sides.changed_customers,
        {{ share('sides.changed_customers', 'sides.customers') }} as changed_share,
        moved.as_of_date
    from moved
    inner join sides
        on
            moved.snapshot_date = sides.snapshot_date
            and moved.axis = sides.axis
            and moved.threshold_change = sides.threshold_change
)

select * from final
order by snapshot_date, axis, threshold_change
