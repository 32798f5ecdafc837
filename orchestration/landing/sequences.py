"""What it means for the ledger's books that a file comes again.

Corrected records bear the name of the file that they belong to and are none of its contents: what
becomes of them is decided with them (`corrections.jobs`).
"""

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from sqlite3 import Connection

from orchestration.landing.corrections.entries import CORRECTION

_CONTENTS = f"superseded_by is null and content_hash not like '{CORRECTION}%'"


@dataclass(frozen=True)
class FileContent:
    """A batch that is what `file` holds now for an entity of a source."""

    source: str
    entity: str
    file: str
    batch_id: str


def make_latest(connection: Connection, content: FileContent) -> bool:
    """Let a known batch be the latest where its file last was another.

    A file that goes back to what it was before is a correction, and no old delivery that turned up
    again. Returns whether the batch got a new place in the sequence.
    """
    return bool(
        connection.execute(
            "update batches set sequence = (select max(sequence) + 1 from batches) "
            "where batch_id = ? and sequence < (select max(sequence) from batches "
            f"where source = ? and entity = ? and file = ? and {_CONTENTS})",
            (content.batch_id, content.source, content.entity, content.file),
        ).rowcount
    )


def take_place(connection: Connection, batch_id: str, former: Collection[int]) -> None:
    """Let a batch stand where those stood (sequence numbers) that it takes the place of.

    It is the same delivery, read otherwise: what was delivered after it is still the later version.
    """
    if not former:
        return
    query = "select sequence from batches where batch_id = ?"
    (own,) = connection.execute(query, (batch_id,)).fetchone()
    move = "update batches set sequence = ? where sequence = ?"
    connection.execute(move, (0, own))
    connection.execute(move, (own, max(former)))
    connection.execute(move, (max(former), 0))


def replace_others(connection: Connection, content: FileContent, kept: AbstractSet[str]) -> None:
    """Let what landed of the file before not count any more; batches in `kept` go on counting."""
    landed = connection.execute(
        "select batch_id from batches where source = ? and entity = ? and file = ? "
        f"and {_CONTENTS}",
        (content.source, content.entity, content.file),
    ).fetchall()
    connection.executemany(
        "update batches set superseded_by = ? where batch_id = ?",
        [
            (content.batch_id, former)
            for (former,) in landed
            if former != content.batch_id and former not in kept
        ],
    )
