"""The comparison of two marts finds every kind of difference."""

from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from tests.reference.compare import assert_same


class TestCompare:
    MART = pd.DataFrame(
        {
            "k": ["a", "b"],
            "day": [date(2024, 1, 1)] * 2,
            "n": [1, None],
            "m": [1.0, 2.0],
            "r": [0.5, None],
        }
    )

    def check(self, **changes: Any) -> None:
        reference = self.MART.assign(
            day=pd.to_datetime(self.MART["day"]), n=self.MART["n"].astype("Int64")
        )
        assert_same(self.MART, reference.assign(**changes)[::-1], ["k", "day"], ["n"], ["m"], ["r"])

    def test_equal_frames_pass_whatever_their_types_and_order(self) -> None:
        self.check(m=[Decimal("1.00"), Decimal("2.00")], r=[0.5 + 1e-10, None])

    @pytest.mark.parametrize(
        ("column", "values"),
        [
            ("n", [2, None]),
            ("n", [1, 0]),
            ("m", [1.01, 2.0]),
            ("r", [0.5, 0.0]),
            ("r", [0.500001, None]),
        ],
    )
    def test_a_difference_is_named(self, column: str, values: list[float]) -> None:
        with pytest.raises(AssertionError, match=f"{column}: 1 of 2 rows differ"):
            self.check(**{column: values})

    def test_rows_of_one_side_only_are_named(self) -> None:
        with pytest.raises(AssertionError, match="1 only in the mart"):
            self.check(k=["a", "c"])
