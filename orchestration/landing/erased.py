"""The erasure list: who has been forgotten, known by keyed hashes alone.

`state/erasures.jsonl` has one line per person: `identities`, hash → pseudonym of every customer id,
`contacts`, hashes of e-mail addresses and telephone numbers that were theirs alone, `units`, which
pseudonym belongs to whose company, since no address says so any more, and `carried`, hashes of what
others carry too, so that those who carry it are as many as before. A
hash is HMAC-SHA-256 under `state/erasure.key`, made once: without it nobody can try addresses out.
Both files belong to the backup, for what a delivery brings again is known by them.

A pseudonym stands wherever the id stood, so that orders stay somebody's: `erased:<16 digits>`, with
`guest:` before it where the id was a guest's.
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path

from orchestration.entities import GUEST
from orchestration.files import private_file, write_aside_then_rename
from orchestration.normalise import emails, texts

FILE = "erasures.jsonl"
KEY = "erasure.key"
PREFIX = "erased:"

_KEY_BYTES = 32
_BLOCK = 64
"""Bytes of a block of SHA-256: what the key of an HMAC is padded to."""
_LEAST_DIGITS = 7
_WORDS = re.compile(r"""[^\s,;|"'<>(){}\[\]\\]+""")
_NUMBERS = re.compile(r"\+?[0-9][0-9 ().\u00a0/-]{5,}[0-9]")


@dataclass(frozen=True)
class Membership:
    """`member` belongs to the company (`unit`) of `other`: customer ids, of whoever is on the list
    their pseudonyms."""

    unit: str
    member: str
    other: str


@dataclass(frozen=True)
class Carried:
    """`member`, a customer id, carried what others carry too: an office's number, say, or a family
    name at an address.

    `kind`: a kind of identifier, or the rule by which a unit of analysis is told. `name`: by which
    the guards tell persons apart. On the list `value` and `name` are hashes, `member` a pseudonym.
    """

    kind: str
    value: str
    member: str
    name: str | None = None

    def hashed(self, key: bytes, pseudonym: str) -> "Carried":
        """As it stands on the list."""
        name = None if self.name is None else keyed(key, f"name:{self.name}")
        return Carried(self.kind, keyed(key, f"{self.kind}:{self.value}"), pseudonym, name)


@dataclass(frozen=True)
class Erased:
    """One person: hash → pseudonym of their identities, hashes of their contacts, their units of
    analysis, and what they carried that others carry too."""

    identities: Mapping[str, str]
    contacts: tuple[str, ...] = ()
    units: tuple[Membership, ...] = ()
    carried: tuple[Carried, ...] = ()


@dataclass(frozen=True)
class ErasureList:
    """Everybody who has been forgotten, and the key under which they are known."""

    key: bytes = b""
    persons: tuple[Erased, ...] = ()
    identities: Mapping[str, str] = field(default_factory=dict)
    """Hash → pseudonym, of all persons."""

    @classmethod
    def read(cls, state: Path) -> "ErasureList":
        """The list in `state/`; empty where nobody has been forgotten."""
        path = state / FILE
        if not path.exists():
            return cls()
        persons = tuple(
            Erased(
                entry["identities"],
                tuple(entry["contacts"]),
                tuple(Membership(**one) for one in entry.get("units", ())),
                tuple(Carried(**one) for one in entry.get("carried", ())),
            )
            for entry in map(json.loads, path.read_text(encoding="utf-8").splitlines())
        )
        merged = {name: to for person in persons for name, to in person.identities.items()}
        return cls((state / KEY).read_bytes(), persons, merged)

    @cached_property
    def contacts(self) -> frozenset[str]:
        """The hashes of all contacts."""
        return frozenset(name for person in self.persons for name in person.contacts)

    @cached_property
    def _carried(self) -> frozenset[tuple[str, str]]:
        return frozenset((one.kind, one.value) for who in self.persons for one in who.carried)

    def was_shared(self, kind: str, value: str) -> bool:
        """Whether an identifier was not somebody's alone when they were forgotten."""
        return (kind, keyed(self.key, f"{kind}:{value}")) in self._carried

    @property
    def is_empty(self) -> bool:
        return not self.persons

    def pseudonym_of(self, customer_id: str) -> str | None:
        """What stands in the place of an id that was forgotten; None for any other."""
        return self.identities.get(keyed(self.key, _identity(customer_id)))

    def joins(self) -> Iterator[tuple[str, str]]:
        """Pairs of pseudonyms that are one person: what said so has been erased."""
        for person in self.persons:
            first, *others = sorted(set(person.identities.values()))
            for other in others:
                yield first, other

    def mentions(self, *written: str | None) -> bool:
        """Whether a text, such as a rejected record, holds an identifier of somebody forgotten."""
        return any(
            self.pseudonym_of(word) is not None
            or any(keyed(self.key, name) in self.contacts for name in _contact_names(word))
            for text in written
            if text
            for word in _words(text)
        )

    def identity_sql(self, customer_id: str) -> str:
        """SQL: the hash of an id."""
        return keyed_sql(self.key, f"'id:' || {customer_id}")

    def emails_sql(self, values: str) -> str:
        """SQL: value and hash of each e-mail address, in any spelling, of the query `values`."""
        hashed = keyed_sql(self.key, f"'email:' || {emails.mailbox('spelt')}")
        return (
            f"select value, {hashed} as hash from (select value, {texts.lower('cleaned')} as spelt "
            f"from (select value, {texts.clean('value')} as cleaned from ({values})))"
        )

    def phones_sql(self, values: str) -> str:
        """SQL: value and hash of the digits of each telephone number of the query `values`."""
        digits = "regexp_replace(value, '[^0-9]', '', 'g')"
        hashed = keyed_sql(self.key, f"'phone:' || {digits}")
        return f"select value, {hashed} as hash from ({values})"


def add(
    state: Path,
    customer_ids: Iterable[str],
    mailboxes: Iterable[str],
    numbers: Iterable[str],
    *,
    units: Iterable[Membership] = (),
    carried: Iterable[Carried] = (),
) -> ErasureList:
    """Enter a person, on disk when this returns; entering them again changes nothing.

    `mailboxes`: normalised addresses (`emails.mailbox`), `numbers`: the digits of telephone numbers
    in every spelling that is to be known again.
    """
    key = key_of(state)
    identities = {}
    pseudonyms = {}
    for customer_id in sorted(set(customer_ids)):
        digest = keyed(key, _identity(customer_id))
        is_guest = customer_id.startswith(f"{GUEST}:")
        pseudonyms[customer_id] = f"{GUEST + ':' if is_guest else ''}{PREFIX}{digest[:16]}"
        identities[digest] = pseudonyms[customer_id]
    names = {f"email:{one}" for one in mailboxes} | {
        f"phone:{one}" for one in numbers if len(one) >= _LEAST_DIGITS
    }
    person = Erased(
        identities,
        tuple(sorted(keyed(key, name) for name in names)),
        tuple(units),
        tuple(one.hashed(key, pseudonyms[one.member]) for one in carried),
    )
    known = ErasureList.read(state)
    if person.identities not in [one.identities for one in known.persons]:
        _write(state, [_renamed(one, pseudonyms) for one in (*known.persons, person)])
    return ErasureList.read(state)


def _renamed(person: Erased, pseudonyms: Mapping[str, str]) -> Erased:
    units = tuple(
        replace(
            one,
            member=pseudonyms.get(one.member, one.member),
            other=pseudonyms.get(one.other, one.other),
        )
        for one in person.units
    )
    carried = tuple(
        replace(one, member=pseudonyms.get(one.member, one.member)) for one in person.carried
    )
    return replace(person, units=units, carried=carried)


def _write(state: Path, persons: Iterable[Erased]) -> None:
    with write_aside_then_rename(state / FILE) as aside:
        private_file(aside)
        lines = (json.dumps(asdict(one), sort_keys=True) + "\n" for one in persons)
        aside.write_text("".join(lines), encoding="utf-8")


def keyed(key: bytes, text: str) -> str:
    """HMAC-SHA-256 of a text, in hexadecimal."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def keyed_sql(key: bytes, text: str) -> str:
    """SQL: the same of an expression (RFC 2104: hash(outer || hash(inner || text)))."""
    inner, outer = (
        bytes(byte ^ pad for byte in key.ljust(_BLOCK, b"\0")).hex() for pad in (0x36, 0x5C)
    )
    return f"sha256(from_hex('{outer}') || from_hex(sha256(from_hex('{inner}') || encode({text}))))"


def key_of(state: Path) -> bytes:
    """The key of all hashes, made where there is none."""
    path = state / KEY
    if not path.exists():
        state.mkdir(parents=True, exist_ok=True)
        with write_aside_then_rename(path) as aside:
            private_file(aside)
            aside.write_bytes(secrets.token_bytes(_KEY_BYTES))
    return path.read_bytes()


def _identity(customer_id: str) -> str:
    return f"id:{customer_id}"


def _contact_names(word: str) -> Iterator[str]:
    if "@" in word:
        local, _, domain = word.strip().lower().rpartition("@")
        if domain in ("gmail.com", "googlemail.com"):
            local, domain = local.split("+")[0].replace(".", ""), "gmail.com"
        yield f"email:{local}@{domain}"
    digits = re.sub("[^0-9]", "", word)
    if len(digits) >= _LEAST_DIGITS:
        yield f"phone:{digits}"


def _words(text: str) -> Iterator[str]:
    """What an identifier may be in a text: cells of a JSON record, words, groups of digits."""
    yield text
    yield from _cells(text)
    yield from _WORDS.findall(text)
    yield from _NUMBERS.findall(text)


def _cells(text: str) -> Iterator[str]:
    try:
        record = json.loads(text)
    except ValueError:
        return
    found = [record]
    while found:
        one = found.pop()
        if isinstance(one, dict):
            found += one.values()
        elif isinstance(one, list):
            found += one
        elif one is not None:
            yield str(one)
