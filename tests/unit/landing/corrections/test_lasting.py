"""What becomes of corrections when mappings, sources and files change around them."""

import shutil
from decimal import Decimal

from tests.unit.landing.corrections.conftest import (
    HEADER,
    LANDED,
    MAPPING,
    STATES,
    batches,
    corrected,
    requeued,
    sources,
)


def test_a_correction_is_as_old_as_the_delivery_it_belongs_to(company):
    """What was delivered between the rejected row and its correction is the later version."""
    sources(company, more=", order_line_id: order")
    company.write("inbox/1.csv", HEADER + "O1,x,1,2024-01-31,k\nO2,x,1,2024-01-31,k\n")
    company.land()
    company.write("inbox/2.csv", HEADER + "O1,5,2,2024-01-31,k\n")
    company.land()
    requeued(company, corrected(company, {2: {"quantity": "4"}, 3: {"quantity": "4"}}))
    latest = (
        "select order_line_id, quantity from landing.order_lines qualify row_number() over "
        "(partition by order_line_id order by _sequence desc, _row desc) = 1 order by 1"
    )
    assert company.query(latest) == [("O1", Decimal(5)), ("O2", Decimal(4))]


def test_a_mended_mapping_that_accepts_the_row_does_not_count_it_twice(company):
    sources(company)
    company.write("inbox/a.csv", HEADER + "O1,2,1.5 E,2024-01-31,k\nO2,y,2.5 E,2024-01-31,k\n")
    company.land()
    requeued(company, corrected(company, {2: {"price": "1.5"}, 3: {"quantity": "3"}}))
    assert [row[0] for row in company.query(LANDED)] == ["O1"]

    without_unit = "unit_price: \"replace(price, ' E', '')\""
    sources(company, mapping=MAPPING.replace("unit_price: price", without_unit))
    company.land()
    assert company.query(LANDED) == [
        ("O1", Decimal(2), Decimal("1.5"), "a.csv", 2),
        ("O2", Decimal(3), Decimal("2.5"), "a.csv", 3),
    ], "the file's own first row, and the corrected second one, which is read anew"
    assert company.query(STATES) == [(3, "wrong_type", "closed", "accepted", 1)]
    assert [row[1:] for row in batches(company)] == [(2, 1, 1, 0, False), (2, 1, 0, 1, True)]

    sources(company)  # and back: nothing is read, all is as it was
    company.land()
    assert [row[0] for row in company.query(LANDED)] == ["O1"]
    assert [row[2] for row in company.query(STATES)] == ["closed", "open"]


def test_the_row_that_counts_is_that_of_the_last_fix_under_any_mapping(company):
    """The first fix fails for its decimal comma; read with one, it would be accepted as well."""
    sources(company)
    company.write("inbox/a.csv", HEADER + "O1,x,1,2024-01-31,k\n")
    company.land()
    requeued(company, corrected(company, {2: {"quantity": "1", "price": "1,5"}}))
    requeued(company, corrected(company, {2: {"price": "2"}}, "again.csv"))
    expected = [("O1", Decimal(1), Decimal(2), "a.csv", 2)]
    assert company.query(LANDED) == expected
    sources(company, settings="decimal: ','")
    company.land()
    assert company.query(LANDED) == expected


def test_corrections_go_and_come_back_with_their_source(shop):
    requeued(shop, corrected(shop, {3: {"quantity": "7"}}))
    whole = shop.query(LANDED)
    text = shop.settings.sources_file.read_text()
    shop.write("inbox/b.csv", "id,at\n1,2024-01-01\n")
    shop.write(
        "sources.yml",
        "sources:\n  other:\n    kind: file\n    path: inbox/b.csv\n    entities:\n      orders:\n"
        "        columns: {order_id: id, ordered_at: at}\n",
    )
    shop.land()
    assert shop.query(LANDED) == []
    assert shop.query(STATES) == []
    (shop.folder / "inbox" / "b.csv").unlink()
    shop.write("sources.yml", text)
    shop.land()
    assert shop.query(LANDED) == whole
    assert shop.query(STATES)[0] == (3, "wrong_type", "closed", "accepted", 1)


def test_a_fix_stays_when_its_file_is_not_delivered_any_more(shop):
    requeued(shop, corrected(shop, {3: {"quantity": "7"}}))
    whole = shop.query(LANDED)
    (shop.folder / "inbox" / "a.csv").unlink()
    shop.write("inbox/b.csv", HEADER.replace("order", "number") + "O9,1,1,2024-01-31,k\n")
    sources(shop, settings="covers_until: 2024-02-01")
    text = shop.settings.sources_file.read_text().replace("order_id: order", "order_id: number")
    shop.write("sources.yml", text)
    shop.land()
    assert [row for row in shop.query(LANDED) if row[0] != "O9"] == whole


def test_rejected_rows_are_in_the_backup_and_shown_again(shop):
    before = shop.query(STATES)
    shutil.rmtree(shop.settings.quarantine)
    assert shop.query(STATES) == before
    shop.land()
    assert list(shop.settings.quarantine.rglob("rejected.parquet"))


def test_corrections_are_no_deliveries(company):
    """They are not as few as a delivery never is, replace no file, and take no file's place."""
    strict = "redelivery: replaces\n            rows: {min: 2}\n            severity: block"
    sources(company, strict)
    sound = "O1,2,3,2024-01-31,k\nO2,2,3,2024-01-31,k\n"
    company.write("inbox/a.csv", HEADER + sound + "O3,x,3,2024-01-31,k\n")
    company.land()
    requeued(company, corrected(company, {4: {"quantity": "1"}}))
    orders = [("O1",), ("O2",), ("O3",)]
    query = "select order_id from landing.order_lines order by 1"
    assert company.query(query) == orders
    for _ in range(2):
        report = company.land()
        assert company.query(query) == orders
        assert report.messages == ()
    company.write("inbox/a.csv", HEADER + sound)
    company.land()
    assert company.query(query) == orders[:2], "the file says now that there is no such row"
