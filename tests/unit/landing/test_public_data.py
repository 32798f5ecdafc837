"""Public data sets land with their published figures, by the mappings in examples/."""

import os
import shutil
from decimal import Decimal

import pytest

from orchestration.settings import REPOSITORY

pytestmark = [
    pytest.mark.examples,
    pytest.mark.skipif(
        not os.environ.get("RETENTION_EXAMPLE_DATA"),
        reason="set RETENTION_EXAMPLE_DATA to the folder of the public data sets",
    ),
]


def land_example(company, name: str):
    company.folder.mkdir()
    shutil.copy(REPOSITORY / "examples" / name / "sources.yml", company.settings.sources_file)
    return company.land(RETENTION_EXAMPLE_DATA=os.environ["RETENTION_EXAMPLE_DATA"])


def test_online_retail(company):
    # UCI Online Retail: 541,909 lines; the figures are those of the usual cleaning of it
    # (no C invoices, quantity and price above zero, customer known).
    report = land_example(company, "online_retail")
    counts = {file.entity: file.counts for file in report.files}
    assert counts["order_lines"].read == counts["refunds"].read == 541_909
    assert counts["order_lines"].accepted == 397_884
    assert counts["refunds"].accepted == 8_905
    assert counts["order_lines"].rejected == counts["refunds"].rejected == 0
    assert company.query(
        "select count(distinct order_id), count(distinct customer_id), "
        "sum(quantity * unit_price)::decimal(18, 2), count(distinct order_line_id) "
        "from landing.order_lines"
    ) == [(18_532, 4_338, Decimal("8911407.90"), 397_884)]
    assert company.query("select sum(round(amount, 2)) from landing.refunds") == [
        (Decimal("611342.09"),)
    ]
    assert company.query(
        "select country from landing.order_lines group by 1 having length(country) > 2 order by 1"
    ) == [("Channel Islands",), ("European Community",), ("Unspecified",)]


def test_cdnow(company):
    # Fader and Hardie: 2,357 customers, 6,919 purchases, eight of them free of charge.
    land_example(company, "cdnow")
    assert company.query(
        "select count(distinct customer_id), count(distinct order_id), sum(gross_amount), "
        "count(*) filter (gross_amount = 0) from landing.orders"
    ) == [(2_357, 6_919, Decimal("244091.94"), 8)]
