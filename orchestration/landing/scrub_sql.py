"""SQL that scrubs one file of landed rows: who is found, whose rows they are, what is written.

It reads four temporary tables: `erased_ids` (hash, pseudonym) and `erased_contacts` (hash) are the
erasure list; `erased_found` (value, pseudonym) and `erased_cells` (value) are those ids and those
addresses and numbers of the file that are on it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from orchestration.entities import CUSTOMER_IDS, GUEST, LINEAGE, Entity, Type
from orchestration.landing.erased import ErasureList
from orchestration.landing.landed import landed_select
from orchestration.normalise import emails, texts
from orchestration.sql import literal, matches, quoted

ERASED = "(erased)"
"""What stands where a text was required."""

_OWN = ("customer_id", "referrer_id")
"""The columns that say whose row it is."""
_EMAILS, _PHONES = ("email", "identifier"), ("phone", "identifier")
_NOTHING = "select null::varchar as value where false"

_ALSO: Mapping[str, Mapping[str, str]] = {
    "customers": {
        "company_name": "null",
        # That a company stood there is no personal figure, and would be lost with its name.
        "customer_type": "coalesce(customer_type, case when company_name is not null "
        "then 'company' end)",
        "external_ids": "null",
    },
    "consents": {"status": "case when status = 'granted' then 'withdrawn' else status end",
                 "proof_ref": "null"},
    # An objection to an address stays one: exports know it by this hash.
    "suppressions": {
        "identifier": f"case when {matches('lower(identifier)', '[0-9a-f]{64}')} then identifier "
        "when contains(identifier, '@') then "
        f"sha256({emails.mailbox(texts.lower(texts.clean('identifier')))}) "
        "else sha256('+' || regexp_replace(identifier, '[^0-9]', '', 'g')) end"
    },
}  # fmt: skip
"""Entity → column → SQL, in the person's rows, of what is not flagged as personal."""


@dataclass(frozen=True)
class PartScrub:
    """The SQL of one part of an entity, which is written with all columns of its contract: what a
    person loses may stand in another column than before. `pattern` (RE2): what is not to stand in a
    text of any row but in keys, empty for nothing."""

    entity: Entity
    path: Path
    pattern: str

    def found_ids(self, erased: ErasureList) -> str:
        """`erased_found`: the ids on the list that stand in any column of ids, guests' too."""
        values = [f"select {quoted(name)} as value from {self._rows}" for name in self._ids]
        if self._has_guests:
            contacted = "email is not null or phone is not null"
            values.append(f"select {self._guest} from {self._rows} where {contacted}")
        return (
            "select value, pseudonym "
            f"from (select distinct value from ({' union all '.join(values) or _NOTHING})) "
            f"inner join temp.erased_ids on {erased.identity_sql('value')} = hash"
        )

    def found_contacts(self, erased: ErasureList) -> str:
        """`erased_cells`: the e-mail addresses and numbers on the list that stand in the file."""
        hashings = [
            *((name, erased.emails_sql) for name in self._kept(_EMAILS)),
            *((name, erased.phones_sql) for name in self._kept(_PHONES)),
        ]
        return " union ".join(self._on_list(name, hashed) for name, hashed in hashings) or _NOTHING

    @property
    def is_concerned(self) -> str:
        """Whether anything in the file is to be scrubbed."""
        found = ["exists (from temp.erased_found)", "exists (from temp.erased_cells)"]
        if self._held:
            found.append(f"exists (from {self._rows} where {' or '.join(self._held.values())})")
        return " or ".join(found)

    @property
    def scrubbed(self) -> str:
        """All rows in their order, as they are to be written."""
        types = {column.name: column.type for column in (*self.entity.columns, *LINEAGE)}
        shown = ", ".join(
            f"cast({value} as {types[name]}) as {quoted(name)}"
            for name, value in self._replaced.items()
        )
        rows = landed_select(self.entity, [self.path], "file_row_number")
        return (
            f"select * exclude (is_own, file_row_number) replace ({shown}) "
            f"from (select *, ({self._is_own}) as is_own from ({rows})) as landed "
            "order by file_row_number"
        )

    @cached_property
    def _rows(self) -> str:
        return f"({landed_select(self.entity, [self.path])})"

    def _kept(self, names: tuple[str, ...]) -> list[str]:
        return [name for name in names if name in self.entity.by_name]

    @cached_property
    def _ids(self) -> list[str]:
        """The columns that name customers."""
        return self._kept(tuple(name for name in self.entity.by_name if name in CUSTOMER_IDS))

    @property
    def _has_guests(self) -> bool:
        return self.entity.name == "orders"

    @property
    def _guest(self) -> str:
        return f"case when customer_id is null then '{GUEST}:' || order_id end"

    def _on_list(self, column: str, hashed: Callable[[str], str]) -> str:
        values = hashed(f"select distinct {quoted(column)} as value from {self._rows}")
        return f"select value from ({values}) semi join temp.erased_contacts using (hash)"

    @property
    def _is_own(self) -> str:
        """Whether a row is the person's: its own id is on the list, or its address or number."""
        named = [quoted(name) for name in self._ids if name in _OWN]
        named += [self._guest] if self._has_guests else []
        contacts = [quoted(name) for name in self._kept((*_EMAILS, *_PHONES))]
        conditions = [
            *(f"coalesce({one} in (select value from temp.erased_found), false)" for one in named),
            *(f"coalesce({one} in (select value from temp.erased_cells), false)"
              for one in dict.fromkeys(contacts)),
        ]  # fmt: skip
        return " or ".join(conditions) or "false"

    @property
    def _texts(self) -> list[str]:
        """The columns in which something can be written."""
        return [
            column.name
            for column in (*self.entity.columns, *LINEAGE)
            if column.type in (Type.TEXT, Type.JSON) and not column.name.startswith("_")
        ]

    @cached_property
    def _held(self) -> Mapping[str, str]:
        """Column → whether its text holds the pattern; keys apart."""
        if not self.pattern:
            return {}
        return {
            name: f"regexp_matches({quoted(name)}, {literal(self.pattern)})"
            for name in self._texts
            if not name.endswith("_id")
        }

    @property
    def _replaced(self) -> Mapping[str, str]:
        """Column → what is written in it; what the person's rows lose comes after what all do."""
        replaced = {name: self._without_pattern(name) for name in self._texts}
        of_person = dict.fromkeys({*self.entity.personal, "extra"}, "null")
        for name, value in (of_person | dict(_ALSO.get(self.entity.name, {}))).items():
            otherwise = replaced.get(name, quoted(name))
            replaced[name] = f"case when is_own then {value} else {otherwise} end"
        # An id of somebody forgotten is known; a text that holds one is not.
        return replaced | {name: self._pseudonymised(name) for name in self._ids}

    def _without_pattern(self, name: str) -> str:
        if name not in self._held:
            return quoted(name)
        column = self.entity.by_name.get(name)
        instead = literal(ERASED) if column and column.required else "null"
        return f"case when {self._held[name]} then {instead} else {quoted(name)} end"

    def _pseudonymised(self, name: str) -> str:
        values = [f"landed.{quoted(name)}"]
        if self._has_guests and name == "customer_id":
            values.append(self._guest)
        looked_up = ", ".join(
            f"(select any_value(pseudonym) from temp.erased_found where value = {value})"
            for value in values
        )
        return f"coalesce({looked_up}, {quoted(name)})"
