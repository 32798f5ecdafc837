{#- The first day of the period of `grain` (week, month, quarter, year) that `date` lies in: weeks
    begin on `week_start`, quarters and years by `fiscal_year_start_month`. -#}
{% macro period_start(grain, date) -%}
    {%- set later = var('fiscal_year_start_month') | int - 1 -%}
    {%- if grain == 'week' and var('week_start') == 'sunday' -%}
    {{ add_days("cast(date_trunc('week', " ~ add_days(date, 1) ~ ") as date)", -1) }}
    {%- elif grain in ['week', 'month'] or later == 0 -%}
    cast(date_trunc('{{ grain }}', {{ date }}) as date)
    {%- else -%}
    {{ add_months(
        "cast(date_trunc('" ~ grain ~ "', " ~ add_months(month_start(date), -later) ~ ") as date)",
        later
    ) }}
    {%- endif -%}
{%- endmacro %}


{#- The first day of the period `periods` periods after the one that begins on `start`. -#}
{% macro add_periods(grain, start, periods) -%}
    {%- if grain == 'week' -%}
    {{ add_days(start, '7 * (' ~ periods ~ ')') }}
    {%- else -%}
    {%- set months = {'month': 1, 'quarter': 3, 'year': 12}[grain] -%}
    {{ add_months(start, months ~ ' * (' ~ periods ~ ')') }}
    {%- endif -%}
{%- endmacro %}
