"""What a person changed in a table of quarantine entries: the rows that came back, judged."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from orchestration.landing.corrections.jobs import layout_of
from orchestration.landing.corrections.quarantined import Entry, texts_of
from orchestration.landing.corrections.relations import CLOSED
from orchestration.landing.corrections.sheet import ACTION, ID, OURS, SheetRow
from orchestration.landing.corrections.store import DISMISS, LAND, Correction, Fixes
from orchestration.landing.errors import did_you_mean
from orchestration.landing.ledger import Ledger
from orchestration.settings import Settings

_ACTIONS = {"": LAND, LAND: LAND, DISMISS: DISMISS}


@dataclass
class Requeued:
    """What became of the rows of a fix. `still_open`: (line in the fix, why) each."""

    accepted: int = 0
    filtered: int = 0
    dismissed: int = 0
    still_open: list[tuple[int, str]] = field(default_factory=list)
    unchanged: int = 0
    """Rows that are as they were: nothing is done with them."""
    done_before: int = 0
    """Rows whose entries are closed already, by the same correction."""


class Edits:
    """Judges the rows of a table that came back; notes problems and what is nothing to do."""

    def __init__(
        self,
        name: str,
        columns: Sequence[str],
        entries: Mapping[str, Entry],
        settings: Settings,
    ) -> None:
        self.name, self.entries = name, entries
        self.problems: list[str] = []
        self.done = Requeued()
        self._seen: dict[str, int] = {}
        batches = {entry.batch: entry.entity for entry in entries.values()}
        self._columns = {
            batch: frozenset(layout_of(entity, batch, settings).types)
            | {name for entry in entries.values() if entry.batch == batch for name in entry.texts}
            for batch, entity in batches.items()
        }
        with Ledger(settings.state) as ledger:
            self._contents = {
                batch.batch_id: batch.content_hash
                for batch in ledger.batches()
                if batch.batch_id in batches
            }
        self._last = {
            row.entry_id: row for file in Fixes.read(settings.landing).files for row in file.rows
        }
        self._known = {name for names in self._columns.values() for name in names}
        for column in columns:
            if column and self._known and column not in {*self._known, *OURS}:
                self.problems.append(
                    f"{name}: column {column!r} is none of the source's."
                    f"{did_you_mean(column, self._known)} Take it out, or name it as in the export."
                )

    def correction(self, row: SheetRow) -> Correction | None:
        """What is to be landed or dismissed; None for nothing, and where a problem was noted."""
        entry = self._entry(row)
        asked = row.cells.get(ACTION, "").strip().lower()
        action = _ACTIONS.get(asked)
        if action is None:
            self._refuse(row, f"{ACTION} is none of {LAND}, {DISMISS} or nothing")
        if entry is None or action is None:
            return None
        mine = self._columns[entry.batch]
        given = {name: text for name, text in row.cells.items() if name in mine}
        for name, text in row.cells.items():
            if text and name in self._known and name not in (*mine, *OURS):
                self._refuse(row, f"{entry.file} has no column {name!r}; leave it empty here")
        if entry.state == CLOSED:
            self._note_closed(row, entry, action, given)
            return None
        before = entry.texts
        changes = {name: text for name, text in given.items() if text != before.get(name, "")}
        if action == LAND and not changes and not asked:
            self.done.unchanged += 1
            return None
        return Correction(
            entry_id=entry.entry_id,
            source=entry.source,
            entity=entry.entity,
            file=entry.file,
            content_hash=self._contents[entry.batch],
            line=entry.line,
            fix_file=self.name,
            fix_line=row.line,
            action=action,
            original=entry.record,
            changes=json.dumps(changes if action == LAND else {}, ensure_ascii=False),
        )

    def _entry(self, row: SheetRow) -> Entry | None:
        entry_id = row.cells[ID].strip()
        if not entry_id:
            self._refuse(row, f"{ID} is empty, so that the row cannot be told")
        elif entry_id in self._seen:
            self._refuse(row, f"{entry_id} stands on line {self._seen[entry_id]} already; keep one")
        elif entry_id not in self.entries:
            self._refuse(
                row,
                f"{entry_id} is not in the quarantine: its file does not count any more or accepts "
                "the row now. Export anew",
            )
        else:
            self._seen[entry_id] = row.line
            return self.entries[entry_id]
        return None

    def _note_closed(
        self, row: SheetRow, entry: Entry, action: str, given: Mapping[str, str]
    ) -> None:
        last = self._last[entry.entry_id]
        landed = {**texts_of(last.original), **texts_of(last.changes)}
        is_same = action == DISMISS or all(
            text == landed.get(name, "") for name, text in given.items()
        )
        if action == last.action and is_same:
            self.done.done_before += 1
        else:
            self._refuse(
                row,
                f"{entry.entry_id} is closed already ({entry.closed_as} in batch "
                f"{entry.closed_by}). Take the row out; what has landed is changed by delivering a "
                "later version",
            )

    def _refuse(self, row: SheetRow, text: str) -> None:
        self.problems.append(f"{self.name} line {row.line}: {text}.")
