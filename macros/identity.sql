{#- The customer that an order belongs to: the one it names, else the guest whom it is itself. Only
    guests of whom an identifier counts are in int_customers__resolved.
    `orders`: name or alias of the relation with customer_id and order_id. -#}
{% macro order_customer_id(orders) -%}
    coalesce({{ orders }}.customer_id, 'guest:' || {{ orders }}.order_id)
{%- endmacro %}
