"""The shapes that pass between the parts: what to export, where to, and what came out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path


class ExportError(RuntimeError):
    """An export that cannot be made; the message says what and where, without personal data."""


class FileRefusedError(ExportError):
    """A list that its channel would not take, and the reason under which its people are counted."""

    def __init__(self, reason: "Reason", message: str) -> None:
        super().__init__(message)
        self.reason = reason


class State(StrEnum):
    """What became of an export."""

    WRITTEN = "written"
    REFUSED = "refused"
    SKIPPED = "skipped"


class Standing(StrEnum):
    """Whether an export that was written may be used: only what is released leaves the house."""

    RELEASED = "released"
    WAITING = "waiting"
    PAUSED = "paused"
    BLOCKED = "blocked"
    """Waiting, because its size has changed too much to go without being looked at."""


class SyncMode(StrEnum):
    """What the files of an export do to the audience; all but `replace` go by what was
    acknowledged last."""

    REPLACE = "replace"
    APPEND = "append"
    REMOVE = "remove"
    MIRROR = "mirror"


class Kind(StrEnum):
    """Whom an export is of: those addressed, those held out of that, those who refused, or those
    of an audience that no segment goes to any more.
    """

    AUDIENCE = "audience"
    EXCLUSION = "exclusion"
    SUPPRESSION = "suppression"
    RETIRED = "retired"


class Role(StrEnum):
    """What one file of an export is for."""

    FULL = "full"
    ADDS = "adds"
    REMOVES = "removes"


class Reason(StrEnum):
    """Why a customer of a segment is not in the file: the segment was not exported at all, or, in
    the order in which the gate asks.

    Besides these there are `invalid_<identifier>` reasons, named after the field that was refused.
    """

    FAILED_AUDIT = "failed_audit"
    NO_CONSENT = "no_consent"
    SUPPRESSED_CUSTOMER = "suppressed_customer"
    SUPPRESSED_IDENTIFIER = "suppressed_identifier"
    TEST_CUSTOMER = "test_customer"
    MINOR = "minor"
    JURISDICTION = "jurisdiction"
    HELD_OUT = "held_out"
    NOT_HELD_OUT = "not_held_out"
    FREQUENCY_CAP = "frequency_cap"
    LOWER_PRIORITY = "lower_priority"
    NO_CONTACT_RECORD = "no_contact_record"
    FORMULA_LIKE = "formula_like"
    MIXED_SCRIPTS = "mixed_scripts"
    INNER_SPACE = "inner_space"
    PLACEHOLDER = "placeholder"
    NO_COUNTRY = "no_country"
    NOT_MOBILE = "not_mobile"
    NO_VALUE = "no_value"
    NO_VALID_IDENTIFIER = "no_valid_identifier"
    DUPLICATE_IDENTIFIER = "duplicate_identifier"
    BELOW_MINIMUM = "below_minimum"
    ABOVE_MAXIMUM = "above_maximum"


RETIRED = "retired"
"""Stands in the place of the segment of an audience that no segment goes to any more."""


@dataclass(frozen=True)
class SegmentExport:
    """One segment to one audience of one destination, as declared beside the segment's model.

    `audience` is a neutral code (channels block names that tell of health or income). `hashed`
    overrides the destination's own choice for the whole file: none is hashed in part. `campaign`
    (an id of `campaigns`) gives the segment a holdout of its own, drawn for that campaign. `kind`
    is never declared: exports of other kinds than audiences are made of these.
    """

    segment: str
    destination: str
    audience: str
    sync_mode: str = "replace"
    description_en: str = ""
    description_ru: str = ""
    hashed: bool | None = None
    campaign: str | None = None
    kind: Kind = Kind.AUDIENCE

    @property
    def pair(self) -> tuple[str, str]:
        """Destination and audience: what an export is known by."""
        return self.destination, self.audience

    @property
    def is_retired(self) -> bool:
        """Whether it only takes out everyone known, for no segment goes there any more."""
        return self.kind is Kind.RETIRED

    @property
    def name(self) -> str:
        """`<destination>/<audience>`: what people call an export, and its folder in a set."""
        return f"{self.destination}/{self.audience}"


@dataclass(frozen=True)
class Holdout:
    """The share of a segment kept out for measuring, in hundredths of a percent, and its salt."""

    salt_id: str | None = None
    bps: int = 0


@dataclass(frozen=True)
class Cap:
    """At most `contacts` contacts with a customer within `days` days.

    `across_channels`: in all channels together, else in the channel of the export. `is_standing`:
    the export keeps an audience up to date, so who is in it by what was released for an earlier
    day is not contacted again by staying there.
    """

    contacts: int
    days: int
    across_channels: bool = True
    is_standing: bool = False


@dataclass(frozen=True)
class SegmentSettings:
    """What marketing sets for a segment (the seed `segment_settings`).

    `priority`: of segments that compete for a customer under a cap the smallest number comes
    first; segments without one come last. `keeps_held_out`: the export is of those held out.
    """

    holdout: Holdout = field(default_factory=Holdout)
    cap: Cap | None = None
    priority: int | None = None
    keeps_held_out: bool = False


@dataclass(frozen=True)
class Counts:
    """Customers of the segment = kept + all that were dropped (the held-out ones among them)."""

    segment: int = 0
    kept: int = 0
    dropped_by_reason: Mapping[str, int] = field(default_factory=dict)

    @property
    def held_out(self) -> int:
        return self.dropped_by_reason.get(Reason.HELD_OUT, 0)

    @property
    def balanced(self) -> bool:
        return self.segment == self.kept + sum(self.dropped_by_reason.values())


@dataclass(frozen=True)
class FileEntry:
    """One written file as the manifest lists it; `sha256` is of its bytes."""

    name: str
    role: str
    bytes: int
    rows: int
    sha256: str
    columns: tuple[str, ...]
    hashed_columns: tuple[str, ...]


@dataclass(frozen=True)
class Previous:
    """What was released last for an audience: its content and how many customers were kept."""

    content_id: str
    kept: int


@dataclass(frozen=True)
class ExportResult:
    """What became of one export.

    `reason` says why nothing was written (empty when something was). `blank_cells` counts, per
    `<header>:<reason>`, cells left empty because the value was rejected or not permitted; counted
    over all customers who may go to this destination. `previous` is what was released for the day
    exported before, `base` the content that files of adds and removes go by; `standing` says
    whether the files may be used, None before that is decided.
    """

    export: SegmentExport
    state: State
    reason: str = ""
    segment_code: str = ""
    counts: Counts = field(default_factory=Counts)
    warnings: tuple[str, ...] = ()
    blank_cells: Mapping[str, int] = field(default_factory=dict)
    files: tuple[FileEntry, ...] = ()
    content_id: str | None = None
    expires_on: date | None = None
    previous: Previous | None = None
    base: str | None = None
    standing: Standing | None = None

    @property
    def change(self) -> int | None:
        """Customers more (or, below 0, fewer) than on the day exported before."""
        return None if self.previous is None else self.counts.kept - self.previous.kept


@dataclass(frozen=True)
class Removes:
    """Files by which an erasure has a person taken out of one audience, as they lie in `folder`.

    `day` (ISO) is the erasure's, `rows` are of all `files`. `standing`: whether they are sent by
    themselves; None where nothing is delivered and a person uploads them.
    """

    day: str
    destination: str
    audience: str
    content_id: str
    folder: Path
    files: tuple[str, ...]
    rows: int
    standing: Standing | None = None

    @property
    def place(self) -> str:
        """Where they lie in `exports/`, and where they are sent to."""
        return f"removes/{self.day}/{self.destination}/{self.audience}/{self.content_id}"


@dataclass(frozen=True)
class ExportReport:
    """A complete staged set: where it lies, what identifies its content, and every outcome.

    `build_id` names the build of the warehouse that it was made of; `removes` are those of erasures
    that people have to see to, as the index page says.
    """

    as_of_date: date
    staging_dir: Path
    set_id: str
    results: tuple[ExportResult, ...]
    unreadable_suppressions: int = 0
    build_id: str = ""
    removes: tuple[Removes, ...] = ()
