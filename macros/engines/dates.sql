{#- What differs between engines in dates, both implementations side by side. -#}

{#- The calendar day of a timestamp in the reporting time zone. -#}
{% macro reporting_date(timestamp) -%}
    {{ adapter.dispatch('reporting_date')(timestamp) }}
{%- endmacro %}

{% macro default__reporting_date(timestamp) -%}
    cast(from_utc_timestamp({{ timestamp }}, '{{ var("reporting_timezone") }}') as date)
{%- endmacro %}

{% macro duckdb__reporting_date(timestamp) -%}
    {%- if var('reporting_timezone') == 'UTC' -%}
        {#- The general way asks the calendar library row by row and takes ten times as long. -#}
        cast(make_timestamp(epoch_us({{ timestamp }})) as date)
    {%- else -%}
        cast(timezone('{{ var("reporting_timezone") }}', {{ timestamp }}) as date)
    {%- endif -%}
{%- endmacro %}


{#- The first moment after `date` in the reporting time zone. -#}
{% macro end_of_day(date) -%}
    {{ adapter.dispatch('end_of_day')(date) }}
{%- endmacro %}

{% macro default__end_of_day(date) -%}
    to_utc_timestamp(date_add({{ date }}, 1), '{{ var("reporting_timezone") }}')
{%- endmacro %}

{% macro duckdb__end_of_day(date) -%}
    timezone('{{ var("reporting_timezone") }}', cast(({{ date }}) + 1 as timestamp))
{%- endmacro %}


{#- Whole days from `earlier` to `later` (both dates). -#}
{% macro days_between(earlier, later) -%}
    {{ adapter.dispatch('days_between')(earlier, later) }}
{%- endmacro %}

{% macro default__days_between(earlier, later) -%}
    datediff({{ later }}, {{ earlier }})
{%- endmacro %}

{% macro duckdb__days_between(earlier, later) -%}
    ({{ later }} - {{ earlier }})
{%- endmacro %}


{#- The date `days` days after `date` (days may be a column). -#}
{% macro add_days(date, days) -%}
    {{ adapter.dispatch('add_days')(date, days) }}
{%- endmacro %}

{% macro default__add_days(date, days) -%}
    date_add({{ date }}, cast({{ days }} as int))
{%- endmacro %}

{% macro duckdb__add_days(date, days) -%}
    ({{ date }} + cast({{ days }} as integer))
{%- endmacro %}


{#- The date `months` months after `date`; the last day of a shorter month where the day is missing. -#}
{% macro add_months(date, months) -%}
    {{ adapter.dispatch('add_months')(date, months) }}
{%- endmacro %}

{% macro default__add_months(date, months) -%}
    add_months({{ date }}, cast({{ months }} as int))
{%- endmacro %}

{% macro duckdb__add_months(date, months) -%}
    cast({{ date }} + to_months(cast({{ months }} as integer)) as date)
{%- endmacro %}


{#- Whole calendar months from the month of `earlier` to the month of `later`. -#}
{% macro months_between(earlier, later) -%}
    cast(
        (extract(year from {{ later }}) - extract(year from {{ earlier }})) * 12
        + extract(month from {{ later }}) - extract(month from {{ earlier }})
    as integer)
{%- endmacro %}


{#- The first day of the month of `date`. -#}
{% macro month_start(date) -%}
    cast(date_trunc('month', {{ date }}) as date)
{%- endmacro %}


{#- One row per whole number from `first` to `last`, column `number`. -#}
{% macro numbers(first, last) -%}
    {{ adapter.dispatch('numbers')(first, last) }}
{%- endmacro %}

{% macro default__numbers(first, last) -%}
    select explode(sequence({{ first }}, {{ last }})) as number
{%- endmacro %}

{% macro duckdb__numbers(first, last) -%}
    select cast(unnest(generate_series({{ first }}, {{ last }})) as integer) as number
{%- endmacro %}


{#- The next birthday from `day` on, that day included, of who was born on `birth_date`; 29 February
    comes on the 28th in other years. -#}
{% macro next_birthday(birth_date, day) -%}
    {%- set years = '(extract(year from ' ~ day ~ ') - extract(year from ' ~ birth_date ~ '))' -%}
    case
        when {{ add_months(birth_date, '12 * ' ~ years) }} >= {{ day }}
            then {{ add_months(birth_date, '12 * ' ~ years) }}
        else {{ add_months(birth_date, '12 * (' ~ years ~ ' + 1)') }}
    end
{%- endmacro %}
