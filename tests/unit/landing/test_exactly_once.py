"""Deliveries that come again, are corrected, overlap or are years late: all counts exactly once."""

from datetime import UTC, datetime

HEADER = "id,order,quantity,price,at\n"
FIRST = "L1,O1,2,3.50,2024-01-31 10:00:00\n"
SECOND = "L2,O1,1,1.00,2024-02-01 10:00:00\n"
LATEST = (
    "select order_line_id, unit_price::int from landing.order_lines qualify row_number() over "
    "(partition by order_line_id order by _sequence desc, _row desc) = 1 order by 1"
)


def test_a_corrected_file_adds_versions_and_the_later_delivery_counts(shop):
    company = shop()
    company.write("lines.csv", HEADER + FIRST + SECOND)
    company.land()
    company.write("lines.csv", HEADER + FIRST.replace("3.50", "9.00") + SECOND)
    company.land()
    assert company.query(LATEST) == [("L1", 9), ("L2", 1)]
    landed = company.query("select count(*), count(distinct _batch) from landing.order_lines")
    assert landed == [(4, 2)], "all versions stay"


def test_an_old_delivery_under_another_name_does_not_undo_a_correction(shop):
    company = shop("inbox")
    company.write("inbox/lines.csv", HEADER + FIRST)
    company.land()
    company.write("inbox/lines.csv", HEADER + FIRST.replace("3.50", "9.00"))
    company.land()
    company.write("inbox/lines copy.csv", HEADER + FIRST)
    report = company.land()
    assert company.query(LATEST) == [("L1", 9)]
    assert "lines copy.csv (order_lines): the same content as lines.csv" in report.messages[0]


def test_a_file_that_goes_back_to_what_it_was_is_a_correction(shop):
    company = shop()
    for price in ("3", "9"):
        company.write("lines.csv", HEADER + FIRST.replace("3.50", price))
        company.land()
    assert company.query(LATEST) == [("L1", 9)]
    company.write("lines.csv", HEADER + FIRST.replace("3.50", "3"))
    report = company.land()
    assert company.query(LATEST) == [("L1", 3)]
    assert report.messages[0].startswith("lines.csv (order_lines): is again what it was before")
    assert company.query("select count(*) from landing.order_lines") == [(2,)]
    again = company.land()
    assert company.query("select sequence from landing._batches order by 1") == [(2,), (3,)]
    assert not [text for text in again.messages if "is again" in text]


MADE = """
sources:
  shop:
    kind: file
    path: inbox
    {settings}
    entities:
      order_lines:
        columns: {{order_id: order, quantity: quantity, unit_price: price, ordered_at: at}}
"""
MADE_HEADER = "order,quantity,price,at\n"
A, B, C = (f"O{n},1,{n},2024-01-31\n" for n in (1, 2, 3))
COUNTED = (
    "select order_id, count(distinct order_line_id) from landing.order_lines group by 1 order by 1"
)


def test_months_that_overlap_do_not_double_rows_without_a_key_of_their_own(company):
    company.sources(MADE.format(settings=""))
    company.write("inbox/january.csv", MADE_HEADER + A + B + B)
    company.land()
    company.write("inbox/february.csv", MADE_HEADER + B + C + B)
    company.land()
    assert company.query(COUNTED) == [("O1", 1), ("O2", 2), ("O3", 1)]
    company.write("inbox/january.csv", MADE_HEADER + A + B + B + C)  # a file that grew
    company.land()
    assert company.query(COUNTED) == [("O1", 1), ("O2", 2), ("O3", 1)]


def test_a_corrected_file_without_keys_is_named_and_can_replace_what_it_was(company):
    company.sources(MADE.format(settings=""))
    company.write("inbox/january.csv", MADE_HEADER + A + B)
    company.land()
    corrected = B.replace(",2,", ",5,")
    company.write("inbox/january.csv", MADE_HEADER + A + corrected)
    report = company.land()
    assert "Map a key, or set `redelivery: replaces`" in report.messages[0]
    assert company.query(COUNTED) == [("O1", 1), ("O2", 2)], "the old line counts beside the new"

    company.sources(MADE.format(settings="redelivery: replaces"))
    company.land()
    assert company.query(COUNTED) == [("O1", 1), ("O2", 1)]
    assert company.query("select unit_price::int from landing.order_lines where order_id = 'O2'")[
        0
    ] == (5,)


def test_what_a_file_replaces_counts_again_when_the_file_goes_back(company):
    company.sources(MADE.format(settings="redelivery: replaces"))
    for content in (A + B, A + C, A + B):
        company.write("inbox/all.csv", MADE_HEADER + content)
        company.land()
    assert company.query(COUNTED) == [("O1", 1), ("O2", 1)]


def test_a_file_replaces_nothing_that_is_there_under_another_name(company):
    company.sources(MADE.format(settings="redelivery: replaces"))
    company.write("inbox/b.csv", MADE_HEADER + A)
    company.land()
    company.write("inbox/a.csv", MADE_HEADER + A)
    company.write("inbox/b.csv", MADE_HEADER + B)
    for _ in range(2):
        company.land()
        assert company.query(COUNTED) == [("O1", 1), ("O2", 1)]


def test_facts_that_are_years_late_land_like_others(shop):
    company = shop("inbox")
    company.write("inbox/2024.csv", HEADER + FIRST)
    company.land()
    company.write("inbox/late.csv", HEADER + SECOND.replace("2024", "2017"))
    company.land()
    assert company.query("select file, min_event from landing._batches order by sequence") == [
        ("2024.csv", datetime(2024, 1, 31, 10, tzinfo=UTC)),
        ("late.csv", datetime(2017, 2, 1, 10, tzinfo=UTC)),
    ]
    assert company.query(LATEST) == [
        ("L1", 4),
        ("L2", 1),
    ]
