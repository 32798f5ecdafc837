"""What names a quarantine entry, and what marks the batches that correct some."""

import hashlib
import json

CORRECTION = "correction-"
"""What the content hashes of batches that correct others begin with."""


def entry_prefix(source: str, content_hash: str, entity: str) -> str:
    """What the ids of all entries of one file for one entity begin with.

    It does not depend on the mapping: a record that is rejected again under another one keeps its
    entry. No spreadsheet takes such an id for a number or a date.
    """
    return f"q{_hash([source, content_hash, entity])[:12]}-"


def correction_hash(fix: str, content_hash: str) -> str:
    """The content hash of the batch that a fix makes of the entries of one file."""
    return CORRECTION + _hash([fix, content_hash])


def is_correction(content_hash: str) -> bool:
    """Whether a batch corrects others."""
    return content_hash.startswith(CORRECTION)


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()
