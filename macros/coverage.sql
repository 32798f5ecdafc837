{#- The earliest or latest (`pick`: min, max) day of the rows in which `column` is filled, `*` for
    all: of `event`, a timestamp, or with `is_day` a date; NULL where there is none. The day is taken
    of the one time that was picked, not of every row's. -#}
{% macro picked_event_date(pick, event, is_day, column) -%}
    {%- set filled = '' if column == '*' else ' filter (' ~ column ~ ' is not null)' -%}
    {%- if event is none -%} cast(null as date)
    {%- elif is_day -%} {{ pick }}({{ event }}){{ filled }}
    {%- else -%} {{ reporting_date(pick ~ '(' ~ event ~ ')' ~ filled) }}
    {%- endif -%}
{%- endmacro %}
