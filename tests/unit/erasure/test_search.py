"""What the proof looks into, and what it says of files that nobody can look into."""

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from orchestration.erasure.person import Person
from orchestration.erasure.search import Needles, search

ADDRESS = "anna.berg@example.com"
PERSON = Person(1, ("K-00017", "К-44"), emails=("Anna.Berg@example.com",), mailboxes=(ADDRESS,))
NEEDLES = Needles.of(PERSON)
CELLS = [["id", "email"], ["K-1", "Anna.Berg@Example.com"]]
OTHERS = [["id", "email"], ["K-1", "Johanna.Berg@Example.com"]]


def csv(cells: list[list[str]]) -> bytes:
    return "".join(",".join(row) + "\n" for row in cells).encode()


def zipped(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def workbook(cells: list[list[str]]) -> bytes:
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(cells):
            sheet.write_row(number, 0, row)
    return packed.getvalue()


def parquet(cells: list[list[str]]) -> bytes:
    packed = io.BytesIO()
    head, *rows = cells
    pq.write_table(pa.table(dict(zip(head, zip(*rows, strict=True), strict=True))), packed,
                   compression="zstd")  # fmt: skip
    return packed.getvalue()


def database(cells: list[list[str]], path: Path) -> bytes:
    head, *rows = cells
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create table people ({', '.join(f'{one} varchar' for one in head)})")
        for row in rows:
            connection.execute(f"insert into people values {tuple(row)}")
    content = path.read_bytes()
    path.unlink()
    return content


PACKED: dict[str, Callable[[list[list[str]]], bytes]] = {
    "plain.csv": csv,
    "packed.csv.gz": lambda cells: gzip.compress(csv(cells)),
    # Two members in one file, as `cat a.gz b.gz` makes them.
    "twice.csv.gz": lambda cells: gzip.compress(b"id\n") + gzip.compress(csv(cells)),
    "packed.csv.zst": lambda cells: pa.compress(csv(cells), "zstd", asbytes=True),
    "packed.csv.bz2": lambda cells: bz2.compress(csv(cells)),
    "packed.csv.xz": lambda cells: lzma.compress(csv(cells)),
    "packed.zip": lambda cells: zipped("a.csv", csv(cells)),
    "book.xlsx": workbook,
    "rows.parquet": parquet,
    "excel.csv": lambda cells: csv(cells).decode().encode("utf-16"),
    "other.csv": lambda cells: csv(cells).decode().encode("utf-16-be"),
}


@pytest.mark.parametrize("name", PACKED)
def test_the_person_is_found_in(name: str, tmp_path: Path) -> None:
    held, free = tmp_path / name, tmp_path / f"free-{name}"
    held.write_bytes(PACKED[name](CELLS))
    free.write_bytes(PACKED[name](OTHERS))
    found = search([held, free], NEEDLES)
    assert (found.holding, found.unreadable) == ((held,), ())


def test_the_person_is_found_in_a_database(tmp_path: Path) -> None:
    held, free = tmp_path / "held.duckdb", tmp_path / "free.duckdb"
    held.write_bytes(database(CELLS, tmp_path / "aside"))
    free.write_bytes(database(OTHERS, tmp_path / "aside"))
    assert search([held, free], NEEDLES).holding == (held,)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "koi8-r", "utf-16"])
def test_an_id_in_cyrillic_letters_is_found_in_its_encoding(encoding: str, tmp_path: Path) -> None:
    """К-00017 with a Cyrillic К: what Russian systems number by."""
    path = tmp_path / "orders.csv"
    path.write_bytes("заказ;клиент\n7;К-00017\n".encode(encoding))
    assert search([path], Needles.of(Person(1, ("К-00017",)))).holding == (path,)
    assert search([path], Needles.of(Person(1, ("К-00018",)))).holding == ()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("torn.csv.gz", gzip.compress(csv(OTHERS) * 1000)[:-30]),
        ("no.csv.gz", csv(OTHERS)),
        ("no.csv.zst", csv(OTHERS)),
        ("no.csv.xz", csv(OTHERS)),
        ("no.xlsx", b"\xd0\xcf\x11\xe0 a workbook behind a password is no zip"),
        ("torn.zip", zipped("a.csv", csv(OTHERS))[:-30]),
        ("nested.zip", zipped("a.csv.gz", gzip.compress(csv(CELLS)))),
        ("no.parquet", csv(OTHERS)),
        ("no.duckdb", csv(OTHERS)),
        ("closed.7z", b"7z\xbc\xaf\x27\x1c"),
    ],
)
def test_what_cannot_be_looked_into_is_said_to_be_so(
    name: str, content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    found = search([path], NEEDLES)
    assert (found.holding, found.unreadable) == ((), (path,))


def test_what_is_found_before_the_damage_is_found(tmp_path: Path) -> None:
    path = tmp_path / "no.csv.gz"
    path.write_bytes(csv(CELLS))
    assert search([path], NEEDLES).holding == (path,)


@pytest.mark.parametrize("offset", range(-40, 40, 4))
def test_nothing_is_lost_where_a_file_is_read_in_pieces(offset: int, tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_bytes(b" " * ((1 << 22) + offset) + ADDRESS.encode() + b" " * 100)
    assert search([path], NEEDLES).holding == (path,)
