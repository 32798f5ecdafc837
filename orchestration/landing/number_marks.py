"""Numbers that are written otherwise than the settings say, seen in a file's first records.

A file whose decimals are commas, read with points, would have `12,50` rejected and `1.234` taken
for a little more than one: the first is seen, the second is not. So such a file is not read at all.
"""

import re
from collections.abc import Iterator

import pyarrow as pa

from orchestration.entities import Type
from orchestration.landing.number_formats import DECIMALS
from orchestration.landing.plan import FilePlan

_LOOKED_AT = 500
_SIGNS = re.compile(r"[-+()\u2212\s'\u2019]")


def number_problems(
    plan: FilePlan, sample: pa.Table | None, file: str, has_real_numbers: bool
) -> Iterator[str]:
    """A message for every mapped number column of which more values contradict than confirm.

    `has_real_numbers`: the file knows numbers besides texts, which have a point as texts.
    """
    if sample is None:
        return
    used = {name for entity in plan.entities for name in entity.source_columns}
    for column in plan.columns:
        form = plan.dialect.of((column.name,)).number
        is_number = column.type in (*DECIMALS, Type.INTEGER)
        if column.name not in used or not is_number or (has_real_numbers and form.decimal == ","):
            continue
        first = sample.column(column.name).slice(0, _LOOKED_AT).to_pylist()
        texts = {text for text in first if text}
        against = sum(_speaks_for(text, form.other) for text in texts)
        if against > sum(_speaks_for(text, form.decimal) for text in texts):
            yield (
                f"{file}: {against} values among the first of column {column.name!r} are numbers "
                f"with {form.other!r} as decimal mark, and `decimal` says {form.decimal!r}. Set "
                f"`decimal: {form.other!r}`, or for this column alone "
                f"`decimal: {{{column.name}: {form.other!r}}}`."
            )


def _speaks_for(text: str, mark: str) -> bool:
    """Whether a number can only be read with `mark` as decimal mark."""
    other = "," if mark == "." else "."
    digits = _SIGNS.sub("", text)
    whole, found, fraction = digits.rpartition(mark)
    if not found or not fraction.isdigit() or not whole.replace(other, "").isdigit():
        return False
    return other in whole or (len(fraction) != 3 and mark not in whole) or whole.startswith("0")
