"""What bare SQL cannot read is brought into a shape that it can, outside the timed part.

DuckDB's wheel reads neither workbooks nor cp1251: the contracts become Parquet and the Cyrillic
cards UTF-8. The job under test reads both as they are, within its time.
"""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook

_CHUNK = 1 << 24
_TITLE_ROWS = 2


def prepare_inputs(demo: Path, prepared: Path) -> None:
    """Writes `contracts.parquet` and `customers_cyrillic.csv` into `prepared`."""
    prepared.mkdir(parents=True, exist_ok=True)
    _transcode(demo / "crm" / "customers_cyrillic.csv", prepared / "customers_cyrillic.csv")
    pq.write_table(_contracts(demo / "contracts.xlsx"), prepared / "contracts.parquet")


def _transcode(source: Path, target: Path) -> None:
    with (
        source.open(encoding="cp1251", newline="") as lines,
        target.open("w", encoding="utf-8", newline="") as written,
    ):
        while chunk := lines.read(_CHUNK):
            written.write(chunk)


def _contracts(workbook: Path) -> pa.Table:
    """One row per readable contract; rows with a missing or unreadable value are left out."""
    sheet = CalamineWorkbook.from_path(workbook).get_sheet_by_name("Contracts")
    rows = [row for row in sheet.to_python()[_TITLE_ROWS:] if _is_readable(row)]
    columns: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)]
    number, customer, begins, ends, cancelled, reason, amount, billed, _, renews, changed = columns
    return pa.table(
        {
            "contract_id": pa.array(number, pa.string()),
            "customer_id": pa.array(customer, pa.string()),
            "started_on": pa.array(begins, pa.date32()),
            "ends_on": pa.array([day or None for day in ends], pa.date32()),
            "cancelled_on": pa.array([day or None for day in cancelled], pa.date32()),
            "cancel_reason": pa.array([text or None for text in reason], pa.string()),
            "recurring_amount": pa.array(
                [None if value == "" else round(value * 100) for value in amount], pa.int64()
            ),
            "billing_period": pa.array([text or None for text in billed], pa.string()),
            "auto_renews": pa.array([text == "yes" for text in renews], pa.bool_()),
            "changed_on": pa.array([day or None for day in changed], pa.date32()),
        }
    )


def _is_readable(row: list[Any]) -> bool:
    number, customer, begins, ends, cancelled, _, amount = row[:7]
    return (
        bool(number and customer)
        and isinstance(begins, date)
        and all(day == "" or isinstance(day, date) for day in (ends, cancelled))
        and (amount == "" or isinstance(amount, int | float))
    )
