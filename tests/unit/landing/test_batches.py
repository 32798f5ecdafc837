"""Batches: the same delivery is one, a mended mapping takes effect, a crash leaves no half."""

import importlib

import pytest

from orchestration.landing import Ledger, Outcome

land_module = importlib.import_module("orchestration.landing.land")

HEADER = "id,order,quantity,price,at\n"
FIRST = "L1,O1,2,3.50,2024-01-31 10:00:00\n"
SECOND = "L2,O1,1,1.00,2024-02-01 10:00:00\n"
KEYS = "select order_line_id from landing.order_lines order by 1"


def test_the_same_file_twice_is_one_batch(shop):
    company = shop("inbox")
    company.write("inbox/a.csv", HEADER + FIRST)
    first = company.land()
    assert [file.outcome for file in first.files] == [Outcome.LANDED]
    again = company.land()
    assert [file.outcome for file in again.files] == [Outcome.KNOWN]
    assert again.landed == ()
    assert again.counts() == again.counts("order_lines") == first.counts()

    company.write("inbox/b.csv", HEADER + FIRST)
    company.write("inbox/c.csv", HEADER + SECOND)
    company.write("inbox/d.csv", HEADER + SECOND)
    report = company.land()
    assert "b.csv (order_lines): the same content as a.csv, which has landed; counted once." in (
        report.messages
    )
    assert "d.csv (order_lines): the same content as c.csv; counted once." in report.messages
    assert company.query(KEYS) == [("L1",), ("L2",)]
    assert company.query("select sequence, file from landing._batches order by 1") == [
        (1, "a.csv"), (2, "c.csv"),
    ]  # fmt: skip


def test_a_mended_mapping_lands_the_file_anew_and_supersedes(shop):
    company = shop()
    company.write("lines.csv", HEADER + FIRST)
    company.land()
    shop(more=", currency: \"'EUR'\"")
    company.land()
    assert company.query("select order_line_id, currency, _sequence from landing.order_lines") == [
        ("L1", "EUR", 1)
    ]
    with Ledger(company.settings.state) as ledger:
        [new, old] = ledger.batches()
    assert old.superseded_by == new.batch_id
    assert new.superseded_by is None

    shop()  # and back again: nothing has to be read
    report = company.land()
    assert [file.outcome for file in report.files] == [Outcome.KNOWN]
    assert company.query("select currency from landing.order_lines") == [(None,)]


def test_files_that_land_anew_keep_their_order(shop):
    """What was delivered later counts, whatever it is called."""
    company = shop("inbox")
    company.write("inbox/b.csv", HEADER + FIRST)
    company.land()
    company.write("inbox/a.csv", HEADER + FIRST.replace("3.50", "4"))
    company.land()
    company.write("inbox/c.csv", HEADER + SECOND)
    for more in (", currency: \"'EUR'\"", "", ", currency: \"'USD'\""):
        shop("inbox", more=more)
        company.land()
        assert [file for (file,) in company.query(
            "select file from landing._batches where superseded_by is null order by sequence"
        )] == ["b.csv", "a.csv", "c.csv"]  # fmt: skip


def test_a_version_that_reads_files_otherwise_lands_them_anew(shop, monkeypatch):
    company = shop("inbox")
    company.write("inbox/a.csv", HEADER + FIRST)
    company.write("inbox/b.csv", HEADER + SECOND)
    with monkeypatch.context() as patch:
        patch.setattr("orchestration.landing.batches._VERSION", 1)
        company.land()
    (company.folder / "inbox" / "b.csv").rename(company.folder / "inbox" / "c.csv")
    report = company.land()
    [told] = report.messages
    assert told.startswith("shop: 2 files that have landed before land anew, for the source's")
    assert [file.outcome for file in report.files] == [Outcome.LANDED] * 2
    assert company.query(KEYS) == [("L1",), ("L2",)]
    counting = "select file, superseded_by is null from landing._batches order by 1, 2"
    assert company.query(counting) == [
        ("a.csv", False), ("a.csv", True), ("b.csv", False), ("c.csv", True),
    ]  # fmt: skip
    assert company.land().messages == ()


def test_what_is_not_delivered_any_more_counts_on_as_an_older_version_read_it(shop, monkeypatch):
    company = shop("inbox")
    company.write("inbox/a.csv", HEADER + FIRST)
    with monkeypatch.context() as patch:
        patch.setattr("orchestration.landing.batches._VERSION", 1)
        company.land()
    (company.folder / "inbox" / "a.csv").unlink()
    company.write("inbox/b.csv", HEADER + SECOND)
    assert company.land().messages == ()
    assert company.query(KEYS) == [("L1",), ("L2",)]


def test_what_is_not_mapped_any_more_stops_counting(company):
    text = """
    sources:
      old:
        kind: file
        path: old.csv
        entities:
          orders:
            columns: {order_id: id, ordered_at: at}
      new:
        kind: file
        path: new.csv
        entities:
          orders:
            columns: {order_id: id, ordered_at: at}
    """
    company.sources(text)
    company.write("old.csv", "id,at\n1,2024-01-01\n")
    company.write("new.csv", "id,at\n2,2024-01-01\n")
    company.land()
    assert len(company.query("from landing.orders")) == 2
    company.sources("    sources:\n" + text[text.index("      new:") :])
    report = company.land()
    assert "1 batches no longer count" in report.messages[0]
    assert company.query("select order_id from landing.orders") == [("2",)]
    company.sources(text)
    company.land()
    assert len(company.query("from landing.orders")) == 2


def test_versions_of_a_key_are_all_kept_and_reported(shop):
    company = shop("inbox")
    company.write("inbox/a.csv", HEADER + FIRST + FIRST.replace("3.50", "4") + SECOND)
    company.write("inbox/b.csv", HEADER + SECOND.replace("1.00", "9"))
    company.land()
    assert company.query("select file, repeated_keys from landing._batches order by sequence") == [
        ("a.csv", 2),
        ("b.csv", 0),
    ]
    assert company.query(
        "select has_repeated_keys, rows from landing._entities where entity = 'order_lines'"
    ) == [(True, 4)]
    latest = company.query(
        "select order_line_id, unit_price from landing.order_lines qualify row_number() over "
        "(partition by order_line_id order by _sequence desc, _row desc) = 1 order by 1"
    )
    assert [(key, float(price)) for key, price in latest] == [("L1", 4.0), ("L2", 9.0)]


def test_keys_that_do_not_repeat_are_known_not_to(shop):
    company = shop("inbox")
    company.write("inbox/a.csv", HEADER + FIRST)
    company.write("inbox/b.csv", HEADER + SECOND)
    company.land()
    with Ledger(company.settings.state) as ledger:
        assert ledger.has_repeated_keys("order_lines") is False


MADE = """
sources:
  shop:
    kind: file
    path: inbox
    entities:
      order_lines:
        columns: {order_id: order, quantity: quantity, unit_price: price, ordered_at: at}
"""


def test_made_keys_keep_equal_lines_of_a_file_and_do_not_double_overlapping_files(company):
    company.sources(MADE)
    header = "order,quantity,price,at\n"
    line, other = "O1,1,2,2024-01-31\n", "O2,1,2,2024-01-31\n"
    company.write("inbox/a.csv", header + line + line + other + line)
    company.write("inbox/b.csv", header + other + line + line)
    company.land()
    keys = company.query(
        "select _file, order_line_id from landing.order_lines order by _file, _row"
    )
    first = [key for file, key in keys if file == "a.csv"]
    second = [key for file, key in keys if file == "b.csv"]
    assert len(set(first)) == 4
    assert set(second) < set(first)
    assert first[1] == f"{first[0]}-2"
    assert first[3] == f"{first[0]}-3"


class CutOffError(Exception):
    """The plug is pulled."""


@pytest.mark.parametrize(
    "step", ["finish_target", "check_keys", "ledger", "quarantine", "rename", "do_piece"]
)
def test_a_crash_leaves_nothing_or_a_whole_batch(shop, monkeypatch, step):
    company = shop(settings="max_rejected_share: 0.9")
    company.write("lines.csv", HEADER + FIRST + SECOND.replace("L2,O1", "L2,"))

    def cut_off(*_arguments, **_named):
        raise CutOffError

    with monkeypatch.context() as patch:
        jobs = importlib.import_module("orchestration.landing.jobs")
        match step:
            case "ledger":
                patch.setattr(Ledger, "enter", cut_off)
            case "quarantine":
                patch.setattr(jobs.quarantine, "merge", cut_off)
            case "rename":
                real = jobs.put_in_place

                def only_first(aside, folder):
                    if "quarantine" in str(folder):
                        return real(aside, folder)
                    raise CutOffError

                patch.setattr(jobs, "put_in_place", only_first)
            case "do_piece":
                patch.setattr(
                    importlib.import_module("orchestration.landing.workers"), step, cut_off
                )
            case _:
                patch.setattr(land_module, step, cut_off)
        with pytest.raises(CutOffError):
            company.land()
    assert company.query(KEYS) in ([], [("L1",)])
    report = company.land()
    assert company.query(KEYS) == [("L1",)]
    assert company.quarantine() == [(3, "order", None, "missing_required")]
    assert len(report.files) == 1
    assert not list(company.settings.data_dir.rglob(".tmp-*"))


def test_leftovers_of_a_killed_run_are_removed(shop):
    company = shop()
    company.write("lines.csv", HEADER + FIRST)
    for room in (company.settings.landing, company.settings.quarantine):
        (room / ".tmp-order_lines-0123").mkdir(parents=True)
    company.land()
    assert not list(company.settings.data_dir.rglob(".tmp-*"))


def test_the_sequence_follows_the_names_whatever_is_ready_first(shop):
    company = shop("inbox")
    company.write("inbox/1.csv", HEADER + FIRST * 20_000)
    company.write("inbox/2.csv", HEADER + SECOND)
    company.write("inbox/10.csv", HEADER + SECOND + SECOND)
    company.land()
    assert company.query("select file from landing._batches order by sequence") == [
        ("1.csv",), ("2.csv",), ("10.csv",),
    ]  # fmt: skip
