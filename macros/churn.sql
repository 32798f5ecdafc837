{#- Days of silence after which a customer counts as churned: n gaps known with median `median_gap`,
    prior M. e = (n·g + k·M) / (n + k); clamp(churn_multiple · e). Rounded up where days count. -#}
{% macro churn_after_days(gaps, median_gap, prior_gap) -%}
    least(greatest(
        {{ var('churn_multiple') }} * {{ expected_gap_days(gaps, median_gap, prior_gap) }},
        {{ var('min_churn_days') }}
    ), {{ var('max_churn_days') }})
{%- endmacro %}


{#- e = (n·g + k·M) / (n + k), in days (double). -#}
{% macro expected_gap_days(gaps, median_gap, prior_gap) -%}
    (
        (({{ gaps }}) * coalesce({{ median_gap }}, 0) + {{ var('rhythm_prior_gaps') }} * {{ prior_gap }})
        / cast(({{ gaps }}) + {{ var('rhythm_prior_gaps') }} as double)
    )
{%- endmacro %}


{#- The state of a transactional customer on a day, judged by the last purchase day up to it:
    `silent_days` since then, its two limits, its number, and the end of the latest episode. -#}
{% macro customer_state(day, silent_days, churn_after, at_risk_after, purchase_number, returned_on) -%}
    case
        when {{ silent_days }} >= {{ churn_after }} then 'churned'
        when {{ silent_days }} > {{ at_risk_after }} then 'at_risk'
        when {{ days_between(returned_on, day) }} <= {{ at_risk_after }} then 'returned'
        when {{ purchase_number }} = 1 then 'new'
        else 'active'
    end
{%- endmacro %}
