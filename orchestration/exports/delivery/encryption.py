"""Files for one reader: encrypted with age (age-encryption.org) to the recipient's public key.

The same file gives other bytes each time, so it is done on the way out and never in a set.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestration.files import private_file, private_folder

ENDING = ".age"


@contextmanager
def encrypted(file: Path, recipient: str, room: Path) -> Iterator[Path]:
    """`file` encrypted to `recipient` (age1…), in `room` while the block lasts."""
    from pyrage import encrypt_file, x25519  # noqa: PLC0415  (only where it is set)

    path = private_folder(room) / f"{file.name}{ENDING}"
    path.unlink(missing_ok=True)
    private_file(path)
    try:
        encrypt_file(str(file), str(path), [x25519.Recipient.from_str(recipient)])
        yield path
    finally:
        path.unlink(missing_ok=True)
