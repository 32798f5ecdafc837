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


{#- The number of the period of `grain` that `date` lies in: consecutive periods of a grain have
    consecutive numbers, and no two grains a number in common. Windows are numbered likewise by
    int_run__periods. -#}
{% macro period_id(grain, date) -%}
    {%- set months = months_between("date '1970-01-01'", date) -%}
    {%- set fiscal = months ~ ' - ' ~ (var('fiscal_year_start_month') | int - 1) -%}
    {%- if grain == 'week' -%}
    {%- set monday_or_sunday = '1970-01-04' if var('week_start') == 'sunday' else '1970-01-05' -%}
    cast(1000000 + floor({{ days_between("date '" ~ monday_or_sunday ~ "'", date) }} / 7.0) as integer)
    {%- elif grain == 'month' -%}
    (2000000 + {{ months }})
    {%- elif grain == 'quarter' -%}
    cast(3000000 + floor(({{ fiscal }}) / 3.0) as integer)
    {%- else -%}
    cast(4000000 + floor(({{ fiscal }}) / 12.0) as integer)
    {%- endif -%}
{%- endmacro %}


{#- Which grain a period_id is of: a number that all periods of a grain share. -#}
{% macro grain_number(period_id) -%}
    (({{ period_id }} + 500000) // 1000000)
{%- endmacro %}


{#- In a select list: one row for each whole number from `first` to `last`. -#}
{% macro each_number(first, last) -%}
    {{ adapter.dispatch('each_number')(first, last) }}
{%- endmacro %}

{% macro default__each_number(first, last) -%}
    explode(sequence({{ first }}, {{ last }}))
{%- endmacro %}

{% macro duckdb__each_number(first, last) -%}
    cast(unnest(generate_series({{ first }}, {{ last }})) as integer)
{%- endmacro %}
