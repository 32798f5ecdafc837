"""The holdout: a stable draw by a salted hash."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import duckdb
import pytest

from orchestration.exports import ExportError
from orchestration.exports.gate import bucket

if TYPE_CHECKING:
    from conftest import Warehouse


def test_holdout_is_the_salted_hash_of_the_customer_id(warehouse: Warehouse) -> None:
    ids = [f"c{n}" for n in range(60)]
    for key in ids:
        warehouse.contact(key)
    warehouse.segment("seg_a", ids)
    warehouse.set(holdout_bps=2500, salt_id="spring")
    held = [
        int(hashlib.sha256(f"spring:{key}".encode()).hexdigest()[:8], 16) % 10000 < 2500
        for key in ids
    ]
    result = warehouse.only()
    assert result.counts.held_out == sum(held) > 0
    assert result.counts.kept == len(ids) - sum(held)


def test_bucket_follows_the_published_formula() -> None:
    for key in ("1", "C-1002", "Ж"):
        row = duckdb.execute(f"select {bucket('x', 's1')} from (select '{key}' as x)").fetchone()
        assert row == (int(hashlib.sha256(f"s1:{key}".encode()).hexdigest()[:8], 16) % 10000,)


@pytest.mark.parametrize(("bps", "salt"), [(10001, "s"), (-1, "s"), (5, None), (5, " ")])
def test_a_holdout_that_cannot_be_is_refused(
    warehouse: Warehouse, bps: int, salt: str | None
) -> None:
    warehouse.contact("a")
    warehouse.segment("seg_a", ["a"])
    warehouse.set(holdout_bps=bps, salt_id=salt)
    with pytest.raises(ExportError, match=r"seg_a.*holdout_bps"):
        warehouse.only()


def test_a_campaign_draws_its_own_lot(warehouse: Warehouse) -> None:
    ids = [f"c{n}" for n in range(60)]
    for key in ids:
        warehouse.contact(key)
    warehouse.segment("seg_a", ids)
    warehouse.set(holdout_bps=2500, salt_id="programme")
    report = warehouse.stage(
        warehouse.export(), warehouse.export(audience="rtn_s02", campaign="spring")
    )

    def drawn(salt: str) -> int:
        digests = (hashlib.sha256(f"{salt}:{key}".encode()).hexdigest() for key in ids)
        return sum(int(digest[:8], 16) % 10000 < 2500 for digest in digests)

    assert [one.counts.held_out for one in report.results] == [drawn("programme"), drawn("spring")]
    assert drawn("programme") != drawn("spring")
