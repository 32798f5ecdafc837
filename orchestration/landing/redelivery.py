"""A file that is there again: the same, back to what it was, or with other content."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from orchestration.entities import ENTITIES
from orchestration.landing.files import SourceFile
from orchestration.landing.jobs import Delivery
from orchestration.landing.ledger import Batch, Ledger, NewBatch
from orchestration.landing.sequences import FileContent
from orchestration.landing.sources import SourcesConfig


class Redeliveries:
    """What it means for the ledger that files come again; gives messages about it.

    `present`: the ids of the batches that all files that are there now are.
    """

    def __init__(self, ledger: Ledger, config: SourcesConfig) -> None:
        self._ledger, self._config = ledger, config
        self.present: AbstractSet[str] = frozenset()

    def anew(self, found: Iterable[tuple[Delivery, Sequence[str]]]) -> Iterator[str]:
        """Deliveries, and the entities for which they are new: some counted before, read otherwise.

        That is so where their mapping has changed, or this program reads them as it did not before.
        """
        counting = {
            (batch.source, batch.content_hash, batch.entity)
            for batch in self._ledger.batches()
            if batch.superseded_by is None
        }
        files = Counter(
            delivery.file.source
            for delivery, entities in found
            if any((delivery.file.source, delivery.content_hash, e) in counting for e in entities)
        )
        for source, count in files.items():
            yield (
                f"{source}: {count:,} files that have landed before land anew, for the source's "
                "settings have changed, or the way in which this version reads files. What they "
                "were stays in landing/ and no longer counts."
            )

    def known(self, batch: Batch, file: SourceFile) -> Iterator[str]:
        """The content of `file` is that of a batch that has landed."""
        if self._ledger.make_latest(_content(batch, file.name)):
            yield (
                f"{file.name} ({batch.entity}): is again what it was before its last change; what "
                "it says now counts as the latest."
            )
        self.replaced(batch, file.name)

    def new(self, batch: NewBatch, makes_key: bool) -> Iterator[str]:
        """A batch is about to be entered."""
        if self._replaces(batch.source) or not (makes_key or not ENTITIES[batch.entity].key):
            return
        if any(
            (before.source, before.file) == (batch.source, batch.file)
            and before.content_hash != batch.content_hash
            for before in self._ledger.live_batches(batch.entity)
        ):
            yield (
                f"{batch.file} ({batch.entity}): has landed before with other content, and its "
                "rows have no key of their own: one that was corrected counts beside what it was. "
                "Map a key, or set `redelivery: replaces`."
            )

    def replaced(self, batch: Batch | NewBatch, file: str) -> None:
        """Where the source says so, nothing else that was in `file` counts beside the batch."""
        if self._replaces(batch.source):
            self._ledger.replace_others(_content(batch, file), self.present)

    def _replaces(self, source: str) -> bool:
        return self._config.sources[source].redelivery == "replaces"


def _content(batch: Batch | NewBatch, file: str) -> FileContent:
    return FileContent(batch.source, batch.entity, file, batch.batch_id)
