"""A file that changes while it is read is not landed: what was read of it is neither old nor new.

Size and time of change are compared before and after. They tell nearly everything; where they are
equal and something else speaks for a change (the file was replaced or touched by somebody who set
its time back, or its time is in whole seconds, so that a second write may not show), the content
is hashed again.
"""

from pathlib import Path

from orchestration.landing.batches import Stamp, content_hash

_SECOND = 1_000_000_000


def change_message(path: Path, name: str, before: Stamp, content: str) -> str | None:
    """The message about a file that is not what it was at `before`, when its hash was `content`.

    None where its content is the same.
    """
    try:
        now = Stamp.of(path)
        has_changed = (now.size, now.changed) != (before.size, before.changed)
        is_certain = now == before and now.changed % _SECOND
        if not has_changed and (is_certain or content_hash(path) == content):
            return None
        change = "changed"
    except FileNotFoundError:
        change = "was taken away"
    return (
        f"{name}: {change} while it was read, so nothing of it was landed. Let the delivery finish "
        "(write aside and rename), then run again."
    )
