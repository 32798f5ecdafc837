"""Publishing: a checked copy of the marts that BI tools read while the next run is under way."""

from orchestration.publishing.errors import PublishError
from orchestration.publishing.snapshot import PublishedTable, Snapshot, publish_snapshot

__all__ = ["PublishError", "PublishedTable", "Snapshot", "publish_snapshot"]
