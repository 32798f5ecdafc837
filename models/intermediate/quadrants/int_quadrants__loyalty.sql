{%- set weights = var('loyalty_weights') %}
{%- set parts = ['recency', 'frequency', 'tenure', 'regularity', 'advocacy'] %}

-- One row per snapshot and customer: loyalty score, 0 to 100, from the parts that are known.
with population as (
    select * from {{ ref('int_quadrants__population') }}
),

advocacy as (
    select * from {{ ref('int_quadrants__advocacy') }}
),

mid_ranks as (
    select * from {{ ref('int_quadrants__mid_ranks') }}
),

parts as (
    select
        population.snapshot_number,
        population.snapshot_date,
        population.customer_key,
        population.profitability,
        population.customer_state,
        recency.mid_rank as recency,
        frequency.mid_rank as frequency,
        tenure.mid_rank as tenure,
        regularity.mid_rank as regularity,
        -- The mean of what is known: the answer, the rank of referrals made, or both.
        coalesce(
            (advocacy.nps_part + referrals.mid_rank) / 2, advocacy.nps_part, referrals.mid_rank
        ) as advocacy
    from population
    left join advocacy
        on
            population.snapshot_number = advocacy.snapshot_number
            and population.customer_key = advocacy.customer_key
    {% for part, value in {
        'recency': days_between("date '1970-01-01'", 'population.last_purchase_date'),
        'frequency': 'population.purchase_days',
        'tenure': '-' ~ days_between("date '1970-01-01'", 'population.first_purchase_date'),
        'regularity': 'population.regularity',
        'referrals': 'advocacy.referrals',
    }.items() -%}
    left join mid_ranks as {{ part }}
        on
            {{ part }}.part = '{{ part }}'
            and population.snapshot_number = {{ part }}.snapshot_number
            and cast({{ value }} as double) = {{ part }}.part_value
    {% endfor %}
),

scored as (
    select
        snapshot_number,
        snapshot_date,
        customer_key,
        profitability,
        customer_state,
        cast(
            100 * (
                {% for part in parts -%}
                {{ weights[part] }} * coalesce({{ part }}, 0){{ ' + ' if not loop.last }}
                {% endfor -%}
            ) / nullif(
                {% for part in parts -%}
                case when {{ part }} is null then 0 else {{ weights[part] }} end
                {{- ' + ' if not loop.last }}
                {% endfor -%},
                0
            )
            as decimal(7, 4)
        ) as loyalty_score,
        concat_ws(
            ' ',
            {% for part in parts if weights[part] > 0 -%}
            case when {{ part }} is not null then '{{ part }}' end{{ ',' if not loop.last }}
            {% endfor -%}
        ) as loyalty_components
    from parts
)

select * from scored
