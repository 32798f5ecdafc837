"""Exact money: integer cents, rounded once per line, half away from zero."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Cents = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
LARGEST = float(2**61)


def _to_units(value: Any, decimals: int) -> int:
    """One number as an integer count of 10 ** -decimals."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    return int(exact.scaleb(decimals).to_integral_value(ROUND_HALF_UP))


def to_units(values: pd.Series, decimals: int) -> Cents:
    """Numbers as integer counts of 10 ** -decimals; NULL is 0.

    Exact for decimals and for text; a float is taken for the nearest such count.
    """
    if pd.api.types.is_integer_dtype(values.dtype):
        return values.fillna(0).to_numpy(dtype=np.int64) * 10**decimals
    if pd.api.types.is_float_dtype(values.dtype):
        return np.rint(values.fillna(0).to_numpy(dtype=float) * 10**decimals).astype(np.int64)
    counts = [
        0 if is_missing else _to_units(value, decimals)
        for value, is_missing in zip(values, values.isna(), strict=True)
    ]
    return np.array(counts, dtype=np.int64)


def product(left: Cents, right: Cents) -> Cents:
    """left x right, refusing what would not fit."""
    if len(left) and float(np.max(np.abs(left.astype(float) * right.astype(float)))) > LARGEST:
        raise OverflowError("an amount is too large for the reference's integers")
    return left * right


def half_away(numerator: Cents, denominator: Cents | int) -> Cents:
    """numerator / denominator (positive), rounded half away from zero."""
    rounded = (2 * np.abs(numerator) + denominator) // (2 * np.asarray(denominator))
    return np.asarray(np.sign(numerator) * rounded, dtype=np.int64)


def cents(values: pd.Series) -> Cents:
    """Amounts of four decimals, rounded to whole cents; NULL is 0."""
    return half_away(to_units(values, 4), 100)


def share_of(amounts: Cents, share: Decimal) -> Cents:
    """amounts (cents) x share, rounded to whole cents."""
    millionths = int(share.scaleb(6).to_integral_value(ROUND_HALF_UP))
    return half_away(product(amounts, np.full(len(amounts), millionths)), 10**6)


def to_money(amounts: Any) -> Any:
    """Cents as money: the float nearest to the two decimals."""
    return amounts / 100


def ratio(part: pd.Series, base: pd.Series) -> pd.Series:
    """part / base; NULL where the base is zero, negative or NULL."""
    return part.astype(float) / base.astype(float).where(base > 0)
