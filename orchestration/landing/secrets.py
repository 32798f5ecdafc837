"""Keeping passwords and keys out of messages."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from orchestration.landing.errors import MASK

_SHORTEST = 4
"""Shorter values are words of their own in any message."""


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """`text` with every secret masked, also where it is written as in an address."""
    forms = {form for secret in secrets for form in (secret, quote(secret), quote_plus(secret))}
    for form in sorted(forms, key=len, reverse=True):
        if form:
            text = text.replace(form, MASK)
    return text


def texts_in(options: Mapping[str, Any]) -> list[str]:
    """All texts in nested options that may be secrets; addresses are none."""
    texts: list[str] = []
    for value in options.values():
        if isinstance(value, Mapping):
            texts += texts_in(value)
        elif isinstance(value, str) and len(value) >= _SHORTEST and "://" not in value:
            texts.append(value)
    return texts
