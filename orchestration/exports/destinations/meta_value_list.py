"""Meta customer list with values, for value-based look-alikes (section 2.2 of the channel page).

As `meta_customer_list`, and `value`, never hashed: non-negative, dot as decimal sign, no thousands
separator, one currency in the file. A customer whose refunds exceed what they brought counts as 0
(zero is allowed, less is not); of people who share an identifier the one of the highest value
stays. The audience must have been created as value-based; such a list cannot be replaced in one
call, so rebuild it or add and delete.
"""

from dataclasses import replace

from orchestration.exports.destinations import meta_customer_list
from orchestration.exports.fields import of_segment

DESTINATION = replace(
    meta_customer_list.DESTINATION,
    name="meta_value_list",
    title="Meta value list",
    fields=(
        *meta_customer_list.DESTINATION.fields,
        of_segment("value", "greatest(value, 0)"),
    ),
    required=("value", "currency"),
    one_currency=True,
)
