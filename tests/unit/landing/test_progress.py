"""Who watches a landing learns how far it is."""

import gzip
import json

import pytest

from orchestration.landing import telling
from tests.unit.landing.conftest import Company

SOURCES = """
sources:
  crm:
    kind: file
    path: inbox/*
    entities:
      orders:
        columns: {order_id: id, customer_id: id, ordered_at: "'2024-01-01'", gross_amount: "'1'"}
"""


def test_the_bytes_read_grow_to_those_of_all_files(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "_TELL_SECONDS", 0)
    lines = "\n".join(f"customer-{number}" for number in range(200_000)) + "\n"
    files = [
        company.write("inbox/plain.csv", f"id\n{lines}"),
        company.write("inbox/packed.csv.gz", gzip.compress(f"id\n{lines[:300]}\n".encode())),
        company.write("inbox/some.jsonl", "\n".join(json.dumps({"id": i}) for i in range(50))),
    ]
    company.sources(SOURCES)
    company.land()
    told = [event for event in company.events if event.bytes_in_all]
    read = [(event.bytes_read, event.bytes_in_all) for event in told]
    in_all = sum(path.stat().st_size for path in files)
    assert {of for _, of in read} == {in_all}
    assert [done for done, _ in read] == sorted(done for done, _ in read)
    assert read[0][0] < in_all == read[-1][0]
