"""The proof: is an identifier still in a file? Bytes, what is packed, and every text of tables.

E-mail addresses and telephone numbers are looked for everywhere, as parts of texts. Customer ids
are looked for as whole cells; where they cannot be anything else (letters and digits, six
characters or more) also as words in any file. A file that cannot be looked into is said to be one.
"""

import json
import lzma
import re
import zipfile
import zlib
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
_PACKED = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}
_ZIPPED = frozenset({".zip", ".xlsx", ".xlsm", ".ods"})
_CLOSED = frozenset({".7z", ".rar"})
"""Endings of what is packed in ways that are not looked into."""
_IN_ZIPS = frozenset({*_PACKED, *_ZIPPED, *_CLOSED, ".xz", ".parquet", ".duckdb"})
"""Endings of members that would have to be unpacked once more."""
_UNREADABLE = (
    OSError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error,
    lzma.LZMAError, duckdb.Error,
)  # fmt: skip
"""What is raised by a file that is damaged, locked with a password or not what its ending says."""
_ENCODINGS = ("utf-8", "cp1251", "cp1252", "koi8-r", "cp866", "utf-16-le", "utf-16-be")
"""In which anything but ASCII is looked for, besides the escapes of JSON."""
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
        words = [re.escape(one) for text in (*self.texts, *self.telling) for one in _bytes_of(text)]
        pattern = b"(?<![%b])(?:%b)(?![%b])" % (
            _BEFORE.encode(), b"|".join(words), _AFTER.encode(),
        )  # fmt: skip
        return re.compile(pattern, re.IGNORECASE) if words else None

    @cached_property
    def in_texts(self) -> str:
        """RE2: all texts, whatever stands around them; empty where there are none."""
        words = "|".join(map(_escaped, self.texts))
        return f"(?i)(^|[^{_BEFORE}])({words})($|[^{_AFTER}])" if words else ""


def _escaped(text: str) -> str:
    return re.sub(r"([^\w@ ])", r"\\\1", text)


def _bytes_of(text: str) -> Iterator[bytes]:
    """How a text may stand in a file; of ASCII, `re.IGNORECASE` and `_in_stream` know the rest."""
    yield text.encode()
    if text.isascii():
        return
    for spelling in {text, text.lower(), text.upper()}:
        yield json.dumps(spelling)[1:-1].encode()
        for encoding in _ENCODINGS:
            try:
                yield spelling.encode(encoding)
            except UnicodeEncodeError:
                continue


@dataclass(frozen=True)
class Found:
    """Files in which something was found, and those that could not be looked into."""

    holding: tuple[Path, ...]
    unreadable: tuple[Path, ...]


def search(files: Sequence[Path], needles: Needles) -> Found:
    """Look into `files`; the order stays."""
    holding: list[Path] = []
    unreadable: list[Path] = []
    for path in files:
        try:
            if is_in(path, needles):
                holding.append(path)
        except _UNREADABLE:
            unreadable.append(path)
    return Found(tuple(holding), tuple(unreadable))


def is_in(path: Path, needles: Needles) -> bool:
    """Whether a file holds any of the needles; raises one of `_UNREADABLE` where nobody can say."""
    match path.suffix.lower():
        case ".parquet":
            return _in_parquet(path, needles)
        case ".duckdb":
            return _in_duckdb(path, needles)
        case ending if ending in _CLOSED:
            raise RuntimeError(f"{ending} is not looked into")
    return any(_in_stream(stream, needles) for stream in _streams(path))


def _streams(path: Path) -> Iterator[IO[bytes]]:
    """A file as it is, then unpacked."""
    ending = path.suffix.lower()
    with path.open("rb") as file:
        yield file
    if packing := _PACKED.get(ending):
        with pa.input_stream(str(path), compression=packing) as unpacked:
            yield unpacked
    elif ending == ".xz":
        with lzma.open(path) as unpacked:
            yield unpacked
    elif ending in _ZIPPED or zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if Path(member.filename).suffix.lower() in _IN_ZIPS:
                    raise zipfile.BadZipFile(f"{member.filename} is packed itself")
                with archive.open(member) as unpacked:
                    yield unpacked


def _in_stream(stream: IO[bytes], needles: Needles) -> bool:
    if needles.in_bytes is None:
        return False
    kept = b""
    while chunk := stream.read(_CHUNK):
        window = kept + chunk
        if needles.in_bytes.search(window):
            return True
        # ASCII in UTF-16 and UTF-32 is ASCII with zeros between.
        if b"\0" in window and needles.in_bytes.search(window.replace(b"\0", b"")):
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
