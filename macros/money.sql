{#- An amount in the reporting currency, rounded to the cent once, half away from zero.
    `amount`: decimal with at most 7 places; `rate`: reporting currency per unit, NULL where the
    amount is in the reporting currency already. -#}
{% macro reporting_amount(amount, rate) -%}
    {#- Cast in each branch: one cast around both would make every row a 128-bit decimal. -#}
    case
        when {{ rate }} is null then cast({{ amount }} as decimal(18, 2))
        else cast(
            cast({{ amount }} as decimal(20, 6)) * cast({{ rate }} as decimal(16, 8))
        as decimal(18, 2))
    end
{%- endmacro %}


{#- A quotient as double; NULL where the divisor is NULL, zero or, for a base of money, negative. -#}
{% macro share(part, whole) -%}
    case when {{ whole }} > 0 then cast({{ part }} as double) / cast({{ whole }} as double) end
{%- endmacro %}


{#- The cost of goods of a net amount where no cost is known (`default_gross_margin`). -#}
{% macro estimated_cost(net_amount) -%}
    cast(({{ net_amount }}) * cast({{ 1 - var('default_gross_margin') }} as decimal(6, 4)) as decimal(18, 2))
{%- endmacro %}


{#- `money` × `part` / `whole`, to the cent, half away from zero. In whole cents, so that no
    floating-point error decides a rounding. All three are money ≥ 0 with two places, whole > 0. -#}
{% macro proportion_of(money, part, whole) -%}
    cast(
        (
            2 * cast({{ money }} * 100 as hugeint) * cast({{ part }} * 100 as hugeint)
            + cast({{ whole }} * 100 as hugeint)
        ) // (2 * cast({{ whole }} * 100 as hugeint))
    as decimal(18, 0)) * cast(0.01 as decimal(3, 2))
{%- endmacro %}


{#- The cost of the goods that come back with `amount`, to the cent: the order's cost in proportion,
    and never more than it; of an order that is not known, or brought nothing, an estimate (of the
    latter never more than it cost). -#}
{% macro returned_cost(amount, net_amount, cost_of_goods) -%}
    {%- if not var('refunds_return_goods') -%}
    cast(0 as decimal(18, 2))
    {%- else -%}
    case
        when {{ net_amount }} > 0
            then {{ proportion_of(
                cost_of_goods, 'greatest(least(' ~ amount ~ ', ' ~ net_amount ~ '), 0)', net_amount
            ) }}
        when {{ net_amount }} <= 0
            then least({{ estimated_cost(amount) }}, greatest({{ cost_of_goods }}, 0))
        else {{ estimated_cost(amount) }}
    end
    {%- endif -%}
{%- endmacro %}


{#- A sum of money, 0 for none, as narrow as the money itself: sums come out as 128-bit decimals,
    which everything after them would pay for. -#}
{% macro cents(sum) -%}
    cast(coalesce({{ sum }}, 0) as decimal(18, 2))
{%- endmacro %}


{#- A currency as the reconciliation may show it: a text longer than any currency may be anything,
    also a person's data. NULL stays NULL. -#}
{% macro currency_code(currency) -%}
    case when length({{ currency }}) > 4 then 'other' else {{ currency }} end
{%- endmacro %}


{#- Money in whole cents as a double: sums of them are exact (up to 90 trillion) and come out the same
    in any order, at half the price of decimals. For tens of millions of rows; `from_cents` ends it. -#}
{% macro whole_cents(amount) -%}
    cast({{ amount }} * 100 as double)
{%- endmacro %}


{#- What `whole_cents` began: money from a sum of cents, 0 for none. -#}
{% macro from_cents(sum) -%}
    cast(coalesce({{ sum }}, 0) / 100 as decimal(18, 2))
{%- endmacro %}
