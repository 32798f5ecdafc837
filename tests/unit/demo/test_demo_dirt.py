"""The dirt can be found by an independent reader: as many bad rows as the report says."""

import csv
import json
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from orchestration.demo import DIRT, DemoReport, make_demo
from orchestration.demo.dirt import code_of, count_dirt, draw_dirt


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DemoReport]:
    folder = tmp_path_factory.mktemp("company") / "demo"
    return folder, make_demo(folder, customers=2_000, seed=3, years=2)


def _dirty(report: DemoReport, path: str) -> dict[str, int]:
    (file,) = (file for file in report.files if file.path == path)
    return {kind.name: file.dirty[kind.kind] for kind in DIRT if file.dirty.get(kind.kind)}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _line_problem(line: str) -> str | None:
    """What is wrong with one line of an order line file."""
    if '"' in line and '"12,50"' not in line:
        return "torn_quote"
    (values,) = csv.reader([line])
    if len(values) != 6:
        return "too_few_columns" if len(values) < 6 else "too_many_columns"
    _, order_id, _, quantity, price, discount = values
    assert _is_number(discount)
    if not order_id:
        return "missing_key"
    if not _is_number(quantity):
        return "text_in_number"
    return None if _is_number(price) else "decimal_comma"


def test_order_lines_are_as_dirty_as_reported(demo: tuple[Path, DemoReport]) -> None:
    folder, report = demo
    files = [file for file in report.files if file.entity == "order_lines"]
    for file in files:
        _, *lines = (folder / file.path).read_text("utf-8").splitlines()
        found = Counter(problem for line in lines if (problem := _line_problem(line)))
        expected = Counter(_dirty(report, file.path))
        expected.pop("second_delivery", None)
        assert (len(lines), found) == (file.rows, expected)


def test_customer_cards_are_as_dirty_as_reported(demo: tuple[Path, DemoReport]) -> None:
    folder, report = demo
    for path, encoding, delimiter in (
        ("crm/customers_latin.csv", "utf-8", ","),
        ("crm/customers_cyrillic.csv", "cp1251", ";"),
    ):
        found: Counter[str] = Counter()
        header, *lines = (folder / path).read_bytes().splitlines()
        names = header.decode(encoding).split(delimiter)
        for line in lines:
            try:
                text = line.decode(encoding)
            except UnicodeDecodeError:
                found["wrong_encoding"] += 1
                continue
            (values,) = csv.reader([text], delimiter=delimiter)
            if '"2024" x' in text:
                found["torn_quote"] += 1
            elif len(values) != len(names):
                found["too_few_columns"] += 1
            else:
                found["missing_key"] += not values[0]
                found["unreadable_date"] += values[6].startswith("31.02")
                found["test_customer"] += values[-3] in ("true", "да")
        expected = Counter(_dirty(report, path))
        del expected["second_card"]
        assert +found == expected


def _json_lines(path: Path) -> Iterable[dict[str, object] | None]:
    for line in path.read_text("utf-8").splitlines():
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            yield None


@pytest.mark.parametrize(
    ("entity", "column", "bad", "kind"),
    [
        ("consents", "recorded_at", "n/a", "unreadable_date"),
        ("consents", "status", "maybe", "unknown_value"),
        ("interactions", "occurred_at", "n/a", "unreadable_date"),
        ("interactions", "channel", "fax", "unknown_value"),
        ("feedback", "score", "ten", "text_in_number"),
    ],
)
def test_json_lines_are_as_dirty_as_reported(
    demo: tuple[Path, DemoReport], entity: str, column: str, bad: str, kind: str
) -> None:
    folder, report = demo
    rows = list(_json_lines(folder / f"{entity}.jsonl"))
    whole = [row for row in rows if row is not None]
    expected = Counter(_dirty(report, f"{entity}.jsonl"))
    assert len(rows) == report.rows[entity]
    assert len(rows) - len(whole) == expected["torn_line"]
    assert sum(row["customer_id"] is None for row in whole) == expected["missing_customer"]
    assert sum(row[column] == bad for row in whole) == expected[kind]


def test_orders_are_as_dirty_as_reported(demo: tuple[Path, DemoReport]) -> None:
    folder, report = demo
    for file in report.files:
        if file.entity != "orders":
            continue
        table = pq.read_table(folder / file.path)
        ids = table["order_id"].to_pylist()
        expected = Counter(_dirty(report, file.path))
        assert len(ids) == file.rows
        assert table["ordered_at"].null_count == expected["missing_time"]
        assert table["customer_id"].null_count == expected["guest"]
        assert len(ids) - len(set(ids)) == expected["repeated_row"]
        assert table["status"].to_pylist().count("in limbo") == expected["unknown_value"]


def test_workbooks_are_as_dirty_as_reported(demo: tuple[Path, DemoReport]) -> None:
    folder, report = demo
    book = CalamineWorkbook.from_path(str(folder / "contracts.xlsx"))
    title, header, *rows = book.get_sheet_by_name("Contracts").to_python()
    assert title[0] == "Contract register"
    assert header[:2] == ["Contract no", "Customer"]
    expected = Counter(_dirty(report, "contracts.xlsx"))
    assert len(rows) == report.rows["contracts"]
    assert sum(row[1] == "" for row in rows) == expected["missing_customer"]
    assert sum(row[2] == "31.02.2025" for row in rows) == expected["unreadable_date"]
    assert sum(row[6] == "abc" for row in rows) == expected["text_in_number"]

    _, *people = (
        CalamineWorkbook.from_path(str(folder / "contacts.xlsx")).get_sheet_by_index(0).to_python()
    )
    expected = Counter(_dirty(report, "contacts.xlsx"))
    assert sum(row[1] == "" for row in people) == expected["missing_customer"]
    assert sum(row[7] == "n/a" for row in people) == expected["unreadable_date"]


def test_orders_undone_on_their_day_are_refunded_in_full(demo: tuple[Path, DemoReport]) -> None:
    folder, report = demo
    orders: dict[str, dict[str, Any]] = {}
    for path in sorted((folder / "orders").glob("orders_????-??.parquet")):
        orders |= {row["order_id"]: row for row in pq.read_table(path).to_pylist()}
    discounts: Counter[str] = Counter()
    for path in sorted((folder / "order_lines").glob("order_lines_????-??.csv")):
        for line in path.read_text("utf-8").splitlines()[1:]:
            number, discount = line.split("-")[0], line.rpartition(",")[2]
            if _line_problem(line) is None:
                discounts[number] += round(Decimal(discount) * 100)
            else:
                orders.pop(number, None)
    with (folder / "refunds.csv").open(encoding="utf-8", newline="") as file:
        refunds = list(csv.DictReader(file))
    undone = 0
    for refund in refunds:
        if refund["reason"] != "order cancelled" or refund["amount"] == "abc":
            continue
        order = orders.get(refund["order_id"])
        if order is None or order["ordered_at"] is None or refund["refunded_at"][2] == ".":
            continue
        assert refund["refunded_at"][:10] == f"{order['ordered_at']:%Y-%m-%d}"
        paid = order["subtotal"] - order["coupon_discount"]
        assert Decimal(refund["amount"]) == paid - Decimal(discounts[order["order_id"]]) / 100
        undone += 1
    assert 0 < undone <= _dirty(report, "refunds.csv")["same_day_cancellation"]


def test_a_row_is_dirty_in_one_way_and_as_often_as_its_share_says() -> None:
    codes = draw_dirt(np.random.default_rng(1), "order_lines", 400_000)
    counts = count_dirt(codes)
    for kind in DIRT:
        if kind.entity == "order_lines":
            assert counts.get(kind.kind, 0) == pytest.approx(kind.share * 400_000, rel=0.15)
    assert set(counts) <= {kind.kind for kind in DIRT if kind.entity == "order_lines"}


def test_an_unknown_kind_of_dirt_is_an_error() -> None:
    with pytest.raises(KeyError):
        code_of("order_lines.mud")
