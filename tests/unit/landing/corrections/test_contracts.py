"""Corrected rows are held against the contract of their source, too."""

from tests.unit.landing.corrections.conftest import HEADER, STATES, corrected, requeued, sources

SOUND = "O0,2,3.50,2024-01-31 10:00:00,k1\n"
WIDER = HEADER.replace("who", "who,tier")
ROWS = """\
O1,2,3.50,2024-01-31 10:00:00,k1,gold
O2,abc,3.50,2024-01-31 10:00:00,k1,gold
O3,x,3.50,2024-01-31 10:00:00,k1,
O4,2,3.50,2024-01-31 10:00:00,k1,
"""
LANDED = "select order_id from landing.order_lines order by 1"


def after_a_new_column(company, contract="discard_row"):
    sources(company, f"contract: {contract}")
    company.write("inbox/a.csv", HEADER + SOUND)
    company.land()
    company.write("inbox/b.csv", WIDER + ROWS)
    company.land()


def test_a_corrected_row_with_a_value_in_a_new_column_stays_open(company):
    after_a_new_column(company)
    assert company.query(LANDED) == [("O0",), ("O4",)]
    path = corrected(company, {2: {"price": "4"}, 3: {"quantity": "1"}, 4: {"quantity": "1"}})
    done = requeued(company, path)
    assert done.accepted == 1
    assert [line for line, _ in done.still_open] == [2, 3]
    assert all("column tier: unexpected_column" in why for _, why in done.still_open)
    assert company.query(LANDED) == [("O0",), ("O3",), ("O4",)]
    assert company.query(STATES) == [
        (2, "unexpected_column", "open", None, 1),
        (3, "unexpected_column", "open", None, 1),
        (4, "wrong_type", "closed", "accepted", 1),
    ]


def test_a_row_whose_value_in_the_new_column_is_removed_lands(company):
    after_a_new_column(company)
    done = requeued(company, corrected(company, {2: {"tier": ""}}))
    assert (done.accepted, done.still_open) == (1, [])
    assert company.query(LANDED) == [("O0",), ("O1",), ("O4",)]


def test_a_corrected_row_lands_where_new_columns_are_taken_by_now(company):
    """A contract is no mapping: what landed under another one stays as it is."""
    after_a_new_column(company)
    sources(company, "contract: evolve")
    done = requeued(company, corrected(company, {2: {"quarantine_action": "land"}}))
    assert done.accepted == 1
    assert company.query("select extra->>'tier' from landing.order_lines where _row = 2") == [
        (None,), ("gold",),
    ]  # fmt: skip
    sources(company, "contract: discard_row")
    company.land()
    assert company.query(STATES)[0] == (2, "unexpected_column", "closed", "accepted", 1)


def test_a_row_is_tried_again_as_it_is_where_that_is_asked_for(company):
    after_a_new_column(company)
    done = requeued(company, corrected(company, {2: {"quarantine_action": "land"}}))
    assert (done.accepted, len(done.still_open), done.unchanged) == (0, 1, 2)


def test_a_new_column_that_is_mapped_is_expected(company):
    after_a_new_column(company)
    requeued(company, corrected(company, {3: {"quantity": "1"}}))
    sources(company, "contract: discard_row", more=", product_id: tier")
    (company.folder / "inbox" / "a.csv").unlink()
    assert not [text for text in company.land().messages if "other columns" in text]
    assert company.query("select order_id, product_id from landing.order_lines order by 1") == [
        ("O0", None), ("O1", "gold"), ("O2", "gold"), ("O4", None),
    ]  # fmt: skip
    company.write("inbox/c.csv", WIDER + ROWS.replace("O", "P"))
    assert not [told for told in company.land().messages if "other columns" in told]
    assert ("P1", "gold") in company.query("select order_id, product_id from landing.order_lines")
