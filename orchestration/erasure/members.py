"""Who was in released sets that an erasure removed: keyed hashes in `state/export_members/`.

A removed set can no longer say who else was in it. Without these hashes every later erasure would
have to take it that its person was, and write removes for audiences that never received them.

`<set>/<destination>/<audience>/<file>.parquet` has one column, `member`: of each identifying cell
of each row of the file HMAC-SHA-256 of header and cell, cut to 16 bytes, under the key of the
erasure list. The file's columns, and which of them were hashed, are its metadata.
"""

import json
from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.exports.destinations import DESTINATIONS
from orchestration.exports.read_back import read_back
from orchestration.files import private_file, private_folder, write_aside_then_rename
from orchestration.landing.erased import key_of, keyed
from orchestration.settings import Settings

FOLDER = "export_members"
CUSTOMER = "customer_id"
_BYTES = 16
Cell = tuple[str, str]
"""Header and text of one cell."""


def keep(
    settings: Settings, file: Path, hashed_columns: Collection[str], without: Collection[Cell]
) -> None:
    """Remember who is in a released file, but for rows that have any of the cells `without`."""
    key = key_of(settings.state)
    place = settings.state / FOLDER / file.parent.relative_to(file.parents[3])
    private_folder(settings.state / FOLDER)
    place.mkdir(parents=True, exist_ok=True)
    written = read_back(file)
    columns = written.columns
    headers = [one for one in columns if one in _telling(file.parent.parent.name, columns)]
    members = {
        _hash(key, (header, row[header]))
        for row in written.rows()
        if not any(item in without for item in row.items())
        for header in headers
        if row.get(header)
    }
    notes = {"columns": json.dumps(columns), "hashed_columns": json.dumps(list(hashed_columns))}
    schema = pa.schema([("member", pa.binary())], notes)
    with write_aside_then_rename(place / f"{file.stem}.parquet") as aside:
        private_file(aside)
        pq.write_table(pa.table({"member": sorted(members)}, schema), aside, compression="zstd")


def is_kept(settings: Settings, name: str) -> bool:
    """Whether it is known who was in the removed set of that name."""
    return (settings.state / FOLDER / name).is_dir()


def kept_files(settings: Settings) -> Iterator[Path]:
    """One for each file of a removed set."""
    yield from sorted((settings.state / FOLDER).glob("*/*/*/*.parquet"))


def columns_of(kept: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns that the file had, and those of them that were hashed."""
    notes = pq.read_schema(kept).metadata
    columns, hashed = (tuple(json.loads(notes[name])) for name in (b"columns", b"hashed_columns"))
    return columns, hashed


def is_member(settings: Settings, kept: Path, cells: Collection[Cell]) -> bool:
    """Whether any of the cells was in the file."""
    key = key_of(settings.state)
    wanted = {_hash(key, cell) for cell in cells}
    return not wanted.isdisjoint(pq.read_table(kept).column("member").to_pylist())


def _telling(destination: str, columns: Collection[str]) -> Collection[str]:
    """The columns by which a person is known again."""
    known = DESTINATIONS.get(destination)
    if known is None:
        return columns
    return {CUSTOMER} | {
        one.header for one in known.fields if one.needs[:1] in (("email",), ("phone",))
    }


def _hash(key: bytes, cell: Cell) -> bytes:
    return bytes.fromhex(keyed(key, "\n".join(cell)))[:_BYTES]
