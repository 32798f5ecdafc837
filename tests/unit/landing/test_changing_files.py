"""A file that changes while it is read: nothing of it lands, whatever the change looks like."""

import os
from pathlib import Path

import duckdb
import pytest

from orchestration.landing import LandingError, jobs, workers
from orchestration.landing.batches import Stamp, content_hash
from orchestration.landing.changes import change_message

HEADER = "id,order,quantity,price,at\n"
GOOD = "L1,O1,2,3.50,2024-01-31 10:00:00\n"
OTHER = GOOD.replace("3.50", "9.50")


def appended(path: Path) -> None:
    with path.open("a") as file:
        file.write(GOOD)


def cut_off(path: Path) -> None:
    os.truncate(path, len(HEADER) + 5)


def rewritten_with_its_old_time(path: Path) -> None:
    times = path.stat()
    path.write_text(HEADER + OTHER)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def replaced_by_one_of_equal_size_and_time(path: Path) -> None:
    times = path.stat()
    other = path.with_suffix(".new")
    other.write_text(HEADER + OTHER)
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.replace(path)


def touched(path: Path) -> None:
    path.touch()


def taken_away(path: Path) -> None:
    path.unlink()


def meanwhile(monkeypatch, change, path: Path) -> None:
    """Let `change` happen to the file between its opening and its reading."""
    do_piece = workers.do_piece

    def changed(*arguments, **named):
        change(path)
        return do_piece(*arguments, **named)

    monkeypatch.setattr(workers, "do_piece", changed)


@pytest.mark.parametrize(
    "change",
    [
        appended,
        cut_off,
        rewritten_with_its_old_time,
        replaced_by_one_of_equal_size_and_time,
        touched,
        taken_away,
    ],
)
def test_a_file_that_changes_is_not_landed_and_others_are(shop, monkeypatch, change):
    company = shop("inbox")
    company.write("inbox/a.csv", HEADER + GOOD.replace("L1", "L0"))
    path = company.write("inbox/b.csv", HEADER + GOOD)
    with monkeypatch.context() as patch:
        meanwhile(patch, lambda _: change(path) if path.exists() else None, path)
        [problem] = company.fails()
    word = "was taken away" if change is taken_away else "changed"
    assert problem.startswith(f"b.csv: {word} while it was read, so nothing of it was landed.")
    assert company.query("select distinct _file from landing.order_lines") == [("a.csv",)]
    assert not list(company.settings.data_dir.rglob(".tmp-*"))
    if change is not taken_away:
        path.write_text(HEADER + OTHER)
        company.land()
        assert company.query(
            "select unit_price::varchar from landing.order_lines where _file = 'b.csv'"
        ) == [("9.5000",)]


def test_a_copy_of_the_same_content_in_its_place_is_no_change(shop, monkeypatch):
    company = shop()
    path = company.write("lines.csv", HEADER + GOOD)

    def copied(path: Path) -> None:
        times = path.stat()
        other = path.with_suffix(".new")
        other.write_bytes(path.read_bytes())
        os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
        other.replace(path)

    meanwhile(monkeypatch, copied, path)
    assert [file.counts.accepted for file in company.land().files] == [1]


def test_parquet_that_is_cut_off_meanwhile_is_told_as_a_change(company, monkeypatch):
    company.sources(
        """
        sources:
          shop:
            kind: file
            path: orders.parquet
            entities:
              orders:
                columns: {order_id: id, ordered_at: at}
        """
    )
    path = company.write("orders.parquet", "")
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select range as id, timestamp '2024-01-01' as at from range(9)) to $1",
            [str(path)],
        )
    meanwhile(monkeypatch, lambda path: os.truncate(path, 40), path)
    [problem] = company.fails()
    assert problem.startswith("orders.parquet: changed while it was read")


def test_a_change_before_the_first_record_is_told_as_a_change(shop, monkeypatch):
    company = shop()
    path = company.write("lines.csv", HEADER + GOOD)

    def emptied(*_arguments):
        path.write_bytes(b"")
        raise LandingError("lines.csv: the file is empty (0 bytes).")

    monkeypatch.setattr(jobs, "open_reader", emptied)
    [problem] = company.fails()
    assert "changed while it was read" in problem


def test_a_time_in_whole_seconds_is_not_trusted(tmp_path):
    """Two writes within one second of such a file system would look like one."""
    path = tmp_path / "lines.csv"
    path.write_text("one")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    before, content = Stamp.of(path), content_hash(path)
    assert change_message(path, "lines.csv", before, content) is None
    assert change_message(path, "lines.csv", before, "the hash of what was read") is not None
