"""`<name>` in the declarations of presets and in the mappings of their sources.

A text that is nothing but one name becomes the value itself: a number stays a number. A name that
has no value is left as it is: `<` and `>` stand in expressions too.
"""

import re
from collections.abc import Mapping
from typing import Any

_NAME = re.compile(r"<([a-z_]+)>")


def filled(declared: Any, values: Mapping[str, Any]) -> Any:
    """A copy of `declared` (texts, lists, mappings) with every `<name>` replaced from `values`."""
    if isinstance(declared, str):
        whole = _NAME.fullmatch(declared)
        if whole and whole[1] in values:
            return values[whole[1]]
        return _NAME.sub(lambda found: str(values.get(found[1], found[0])), declared)
    if isinstance(declared, Mapping):
        return {key: filled(value, values) for key, value in declared.items()}
    if isinstance(declared, list | tuple):
        return [filled(value, values) for value in declared]
    return declared
