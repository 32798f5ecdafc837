{%- set parts = {
    'recency': 'last_purchase_date',
    'frequency': 'purchase_days',
    'tenure': 'first_purchase_date',
    'regularity': 'regularity',
} %}

-- One row per snapshot, part of loyalty and value of it: the mid-rank that all who have this value
-- share (share strictly worse + half of the equal).
with population as (
    select * from {{ ref('int_quadrants__population') }}
),

advocacy as (
    select * from {{ ref('int_quadrants__advocacy') }}
),

counted as (
    {% for part, column in parts.items() -%}
    select
        snapshot_number,
        '{{ part }}' as part,
        -- An earlier first purchase is better: its day counts backwards.
        {% if part == 'tenure' -%}
        -cast({{ days_between("date '1970-01-01'", column) }} as double) as part_value,
        {%- elif part == 'recency' -%}
        cast({{ days_between("date '1970-01-01'", column) }} as double) as part_value,
        {%- else -%}
        cast({{ column }} as double) as part_value,
        {%- endif %}
        count(*) as customers
    from population
    where {{ column }} is not null
    group by all
    union all
    {% endfor -%}
    select
        snapshot_number,
        'referrals' as part,
        cast(referrals as double) as part_value,
        count(*) as customers
    from advocacy
    where referrals is not null
    group by all
),

ranked as (
    select
        snapshot_number,
        part,
        part_value,
        (
            sum(customers) over (
                partition by snapshot_number, part
                order by part_value
                rows between unbounded preceding and current row
            ) - customers / 2.0
        ) / sum(customers) over (partition by snapshot_number, part) as mid_rank
    from counted
)

select * from ranked
