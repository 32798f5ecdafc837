"""Removes: for every audience that ever received the person, a file that takes them out again.

A removes file has the columns of the file that was released, and identifies the person as it did
(hashed where that was): the identifiers of their rows in released sets that still lie here, and one
row for each address and number that is in none of them. Who was in a set that an erasure removed,
`members` knows. Where a released set is gone otherwise, the ledger of releases says that the
audience was sent something, and it is assumed that the person was in it.
"""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import duckdb

from orchestration.erasure import members
from orchestration.erasure.members import CUSTOMER
from orchestration.erasure.person import Person
from orchestration.exports import ledger, manifest, release, suppression_lists, writer
from orchestration.exports.destination import BY_CUSTOMER, Destination, Field
from orchestration.exports.destinations import DESTINATIONS
from orchestration.exports.model import FileEntry, Role, SegmentExport
from orchestration.exports.read_back import only_of, read_back
from orchestration.exports.removes import FOLDER
from orchestration.normalise import emails, phones, texts
from orchestration.settings import Settings
from orchestration.sql import literal

Row = Mapping[str, str]


@dataclass
class Audience:
    """What is known of one audience: columns, rows of the person, and whether all was looked at."""

    destination: str
    name: str
    only: str = ""
    """The one kind of identifier that its files are made for, if so."""
    columns: tuple[str, ...] = ()
    hashed_columns: tuple[str, ...] = ()
    rows: list[Row] = field(default_factory=list)
    is_unsure: bool = False
    """Whether something was released to it that is here no longer, and may have held the person."""


class Spellings:
    """How each destination names the person."""

    def __init__(self, person: Person) -> None:
        self._person = person

    @cached_property
    def _known(self) -> Mapping[str, tuple[Row, ...]]:
        return {name: tuple(self._rows(one)) for name, one in DESTINATIONS.items()}

    def rows(self, destination: str, hashed_columns: Sequence[str]) -> Iterator[Row]:
        """One row per address and number that identifies alone: header → cell, hashed where the
        column is."""
        known = DESTINATIONS.get(destination)
        alone = {one.header for one in _alone(known)} if known else set()
        for row in self._known.get(destination, ()):
            if known and alone.issuperset(row):
                yield {
                    header: _digest(known, cell) if header in hashed_columns else cell
                    for header, cell in row.items()
                }

    def cells(self, destination: str) -> frozenset[tuple[str, str]]:
        """(header, cell) by which a released row is the person's, plain and hashed."""
        plain = [item for row in self._known.get(destination, ()) for item in row.items()]
        ids = [(CUSTOMER, one) for one in self._person.identities]
        known = DESTINATIONS.get(destination)
        hashed = [(header, _digest(known, cell)) for header, cell in plain] if known else []
        return frozenset([*plain, *hashed, *ids])

    def _rows(self, destination: Destination) -> Iterator[Row]:
        single = _alone(destination)
        single += [
            one for one in destination.fields if one.needs[:1] in (("email",), ("phone",))
            and one not in single
        ]  # fmt: skip
        numbers = {
            found
            for digits in self._person.numbers
            if (found := phones.look_up(f"+{digits}", None))
        }
        given = [("email", one) for one in (*self._person.emails, *self._person.mailboxes)]
        given += [("phone", one) for one in sorted(numbers)]
        with duckdb.connect() as connection:
            for one in single:
                for kind, value in given:
                    if one.needs[0] == kind:
                        row = connection.execute(
                            f"select {one.sql} from ({_contact(kind, value)})"
                        ).fetchone()
                        if row and row[0]:
                            yield {one.header: str(row[0])}


def _contact(kind: str, value: str) -> str:
    """SQL: the columns of `export_people` that identifiers are made of."""
    email = texts.lower(texts.clean(literal(value))) if kind == "email" else "null::varchar"
    e164 = literal(value) if kind == "phone" else "null::varchar"
    return (
        f"select *, {emails.is_address('email')} as is_address, true as is_mobile from "
        f"(select {email} as email, {e164} as phone, {e164} as e164)"
    )


def _digest(destination: Destination, text: str) -> str:
    return hashlib.new(destination.algorithm, text.encode()).hexdigest()


def _alone(destination: Destination) -> list[Field]:
    """The fields that identify by themselves, also where several show one value in its forms."""
    fields = {one.header: one for one in destination.fields}
    groups = [
        [fields[header] for header in group]
        for group in destination.identifiers
        if group != BY_CUSTOMER
    ]
    return [one for group in groups if len({one.needs[0] for one in group}) == 1 for one in group]


def audiences(settings: Settings, person: Person) -> list[Audience]:
    """All audiences that received the person, or may have.

    Not the lists of whom not to write to: who is taken out of one might be written to.
    """
    spellings = Spellings(person)
    found: dict[tuple[str, str, str], Audience] = {}
    for file in released_files(settings.exports):
        audience = found.setdefault(_key(file), Audience(*_key(file)))
        written = read_back(file)
        audience.columns, audience.hashed_columns = written.columns, written.hashed
        for row in person_rows(file, spellings):
            identifying = _identifying(row, audience.destination)
            if identifying not in audience.rows:
                audience.rows.append(identifying)
    for kept in members.kept_files(settings):
        audience = found.setdefault(_key(kept), Audience(*_key(kept)))
        if not audience.columns:
            audience.columns, audience.hashed_columns = members.columns_of(kept)
        if members.is_member(settings, kept, spellings.cells(audience.destination)):
            audience.is_unsure = True
    for key in _gone(settings):
        found.setdefault(key, Audience(*key)).is_unsure = True
    for audience in found.values():
        destination = DESTINATIONS.get(audience.destination)
        if destination and not audience.columns:
            audience.columns = (audience.only,) if audience.only else destination.headers
            audience.hashed_columns = destination.hashed_headers
        if audience.rows or audience.is_unsure:
            _add_spellings(audience, spellings)
    return [
        one
        for _, one in sorted(found.items())
        if one.rows and one.name != suppression_lists.AUDIENCE
    ]


def _identifying(row: Row, destination: str) -> Row:
    """The cells by which the destination knows the person: removing needs no others."""
    known = DESTINATIONS.get(destination)
    names = {header for group in known.identifiers for header in group} if known else set(row)
    return {name: cell for name, cell in row.items() if name in names or name == CUSTOMER}


def _add_spellings(audience: Audience, spellings: Spellings) -> None:
    written = {item for row in audience.rows for item in row.items()}
    for row in spellings.rows(audience.destination, audience.hashed_columns):
        if not written.issuperset(row.items()) and set(row) <= set(audience.columns):
            audience.rows.append(row)
            written |= set(row.items())


def released_files(exports: Path) -> list[Path]:
    """The files of all sets that lie here, oldest set first."""
    return sorted((exports / release.SETS).glob("*/*/*/*.csv"))


def person_rows(file: Path, spellings: Spellings) -> Iterator[Row]:
    """The rows of a released file that are the person's."""
    name = file.parent.parent.name
    known = spellings.cells(name)
    ours = DESTINATIONS[name].headers if name in DESTINATIONS else ()
    cells = {cell for _, cell in known}
    for row in read_back(file).rows():
        renamed = (cell for header, cell in row.items() if header not in ours)
        if not known.isdisjoint(row.items()) or not cells.isdisjoint(renamed):
            yield row


def _key(file: Path) -> tuple[str, str, str]:
    """Destination, audience, and the one kind of identifier that the file is made for."""
    return file.parent.parent.name, file.parent.name, only_of(file.stem)


def hashed_columns(file: Path) -> tuple[str, ...]:
    """Those of a released file, as its manifest says."""
    return read_back(file).hashed


def _gone(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Audiences of releases of which nothing says who was in them."""
    for entry in ledger.entries(settings.state / ledger.NAME):
        name = f"{entry['as_of']}__{entry['set_id']}"
        folder = settings.exports / release.SETS / name
        if not folder.is_dir() and not members.is_kept(settings, name):
            for export in entry["exports"]:
                name = str(export["destination"])
                known = DESTINATIONS.get(name)
                for only in sorted({one.only for one in known.layouts} if known else {""}):
                    yield name, str(export["audience"]), only


def write_removes(settings: Settings, person: Person, day: date) -> list[Path]:
    """Write all removes files; returns them. Writing them again changes nothing.

    `exports/removes/<day>/<destination>/<audience>/<content id>/`: the file, `manifest.json`,
    `SHA256SUMS`; the manifest comes last.
    """
    return [_write(settings.exports / FOLDER, one, day) for one in audiences(settings, person)]


def _write(room: Path, audience: Audience, day: date) -> Path:
    export = SegmentExport("", audience.destination, audience.name)
    content, count, labels = _content(audience)
    digest = hashlib.sha256(content.encode()).hexdigest()
    content_id = digest[:16]
    folder = room / day.isoformat() / audience.destination / audience.name / content_id
    writer.make_folder(folder)
    suffix = f"__{audience.only}.csv" if audience.only else ".csv"
    path = folder / manifest.file_name(export, FOLDER, day, content_id, suffix)
    writer.write_text(path, content)
    entry = FileEntry(
        path.name, FOLDER, path.stat().st_size, count, writer.checked_sha256(path),
        tuple(labels[one] for one in audience.columns),
        tuple(labels[one] for one in audience.columns if one in audience.hashed_columns),
    )  # fmt: skip
    text = manifest.dumps(
        {
            "manifest_version": manifest.VERSION,
            "content_id": content_id,
            "destination": audience.destination,
            "audience": audience.name,
            "as_of": day.isoformat(),
            "files": [asdict(entry)],
        }
    )
    sums = [(path.name, digest), (manifest.NAME, hashlib.sha256(text.encode()).hexdigest())]
    writer.write_text(folder / manifest.CHECKSUMS, manifest.checksums(sums))
    writer.write_text(folder / manifest.NAME, text)
    return path


def _content(audience: Audience) -> tuple[str, int, Mapping[str, str]]:
    """The text of the file, its rows of data, and what it calls the columns."""
    labels = {one: one for one in audience.columns}
    rows = audience.rows
    head = ",".join(audience.columns) + "\n"
    delimiter = ","
    if known := DESTINATIONS.get(audience.destination):
        meant = replace(
            writer.filled(known, Role.REMOVES, audience.name),
            hashed=bool(audience.hashed_columns),
        )
        labels |= {one.header: meant.label(one) for one in meant.fields if one.header in labels}
        constants = _constants(meant)
        rows = [{**constants, **row} for row in rows]
        head = writer.head(meant, tuple(labels[one] for one in audience.columns))
        delimiter = meant.delimiter
    lines = sorted([row.get(name) or "" for name in audience.columns] for row in rows)
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(lines)
    return head + text.getvalue(), len(lines), labels


def _constants(destination: Destination) -> Row:
    """What the same columns of every row show."""
    columns = [one for one in destination.fields if one.is_constant]
    if not columns:
        return {}
    with duckdb.connect() as connection:
        cells = connection.execute(f"select {', '.join(one.sql for one in columns)}").fetchone()
    return {one.header: cell or "" for one, cell in zip(columns, cells or (), strict=True)}
