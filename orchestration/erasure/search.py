"""The proof: is an identifier still in a file? Bytes, what is packed, and every text of tables.

E-mail addresses and telephone numbers are looked for everywhere, as parts of texts. Customer ids
are looked for as whole cells; where they cannot be anything else (letters and digits, six
characters or more) also as words in any file.
"""

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO

import duckdb
import pyarrow as pa

from orchestration.entities import CUSTOMER_IDS
from orchestration.erasure.person import Person
from orchestration.sql import literal, literals, quoted

_CHUNK = 1 << 22
_OVERLAP = 1 << 10
_PACKED = {".gz": "gzip", ".zst": "zstd"}
_LEAST_DIGITS = 9
_TELLING = re.compile(r"(?=.*[^\W\d_])(?=.*\d).{6,}")
# An address that is the end of a longer one is another's.
_BEFORE, _AFTER = r"0-9A-Za-z._%+\-", r"0-9A-Za-z_\-"
_ID_COLUMNS = CUSTOMER_IDS | {"linked_customer_id", "person_id", "identity"}


@dataclass(frozen=True)
class Needles:
    """What is searched for: e-mail addresses and numbers in texts, and ids."""

    texts: tuple[str, ...]
    ids: tuple[str, ...]

    @classmethod
    def of(cls, person: Person) -> "Needles":
        """The identifiers of a person."""
        spelt = {one.strip().lower() for one in (*person.emails, *person.mailboxes, *person.phones)}
        spelt |= {one for one in person.numbers if len(one) >= _LEAST_DIGITS}
        return cls(tuple(sorted(spelt - {""})), tuple(sorted(person.identities)))

    @cached_property
    def telling(self) -> tuple[str, ...]:
        """The ids that are nothing else wherever they stand."""
        return tuple(one for one in self.ids if _TELLING.fullmatch(one))

    @cached_property
    def in_bytes(self) -> re.Pattern[bytes] | None:
        """All texts and telling ids, in bytes."""
        words = "|".join(map(re.escape, (*self.texts, *self.telling)))
        pattern = rf"(?<![{_BEFORE}])(?:{words})(?![{_AFTER}])"
        return re.compile(pattern.encode(), re.IGNORECASE) if words else None

    @cached_property
    def in_texts(self) -> str:
        """RE2: all texts, whatever stands around them; empty where there are none."""
        words = "|".join(map(_escaped, self.texts))
        return f"(?i)(^|[^{_BEFORE}])({words})($|[^{_AFTER}])" if words else ""


def _escaped(text: str) -> str:
    return re.sub(r"([^\w@ ])", r"\\\1", text)


def files_with(files: Sequence[Path], needles: Needles) -> list[Path]:
    """Those of `files` in which something is found."""
    return [path for path in files if is_in(path, needles)]


def is_in(path: Path, needles: Needles) -> bool:
    """Whether a file holds any of the needles."""
    match path.suffix.lower():
        case ".parquet":
            return _in_parquet(path, needles)
        case ".duckdb":
            return _in_duckdb(path, needles)
    return any(_in_stream(stream, needles) for stream in _streams(path))


def _streams(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        yield file
    if packing := _PACKED.get(path.suffix.lower()):
        with pa.input_stream(str(path), compression=packing) as unpacked:
            yield unpacked
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                with archive.open(name) as member:
                    yield member


def _in_stream(stream: IO[bytes], needles: Needles) -> bool:
    if needles.in_bytes is None:
        return False
    kept = b""
    while chunk := stream.read(_CHUNK):
        window = kept + chunk
        if needles.in_bytes.search(window):
            return True
        kept = window[-_OVERLAP:]
    return False


def _in_parquet(path: Path, needles: Needles) -> bool:
    with duckdb.connect() as connection:
        file = f"read_parquet({literal(str(path))}, hive_partitioning = false)"
        return _in_relation(connection, file, needles)


def _in_duckdb(path: Path, needles: Needles) -> bool:
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where not temporary"
        ).fetchall()
        return any(
            _in_relation(connection, f"{quoted(schema)}.{quoted(table)}", needles)
            for schema, table in tables
        )


def _in_relation(connection: duckdb.DuckDBPyConnection, relation: str, needles: Needles) -> bool:
    conditions = []
    for name, kind, *_ in connection.execute(f"describe select * from {relation}").fetchall():
        if not any(word in kind for word in ("VARCHAR", "JSON", "BLOB")):
            continue
        text = f"cast({quoted(name)} as varchar)"
        if needles.texts and not name.endswith("_id"):
            conditions.append(f"regexp_matches({text}, {literal(needles.in_texts)})")
        ids = needles.ids if name in _ID_COLUMNS else needles.telling
        if ids:
            conditions.append(f"{text} in ({literals(ids)})")
    if not conditions:
        return False
    found = connection.execute(f"select 1 from {relation} where {' or '.join(conditions)} limit 1")
    return found.fetchone() is not None
