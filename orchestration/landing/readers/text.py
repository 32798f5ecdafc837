"""Text files as blocks of whole UTF-8 lines, whatever their compression and encoding."""

import codecs
import gzip
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from io import FileIO
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from orchestration.landing.errors import LandingError
from orchestration.landing.readers.encodings import contradiction, likely_encoding

BLOCK = 32 << 20
"""Bytes of a block: large enough to be read at full speed, small enough for two in memory."""

_READ = 4 << 20
_HEAD = 1 << 20
_LONGEST = 8 * BLOCK
_BYTE_ORDER_MARK = codecs.BOM_UTF8
_UNICODE = ("utf-8", "utf-8-sig", "ascii")
REPLACEMENT = "\ufffd".encode()


_MAGIC = {"gz": (b"\x1f\x8b",), "zst": (b"\x28\xb5\x2f\xfd",)}
_WORDS = {"gz": "gzip", "zst": "Zstandard"}


class Bytes(Protocol):
    """Bytes that are read into a buffer; 0 at their end."""

    def readinto(self, buffer: bytearray, /) -> int: ...

    def close(self) -> None: ...


def compression_of(path: Path) -> str | None:
    """`gz` or `zst`, by the name's ending or else by the first bytes; None for plain files."""
    ending = path.suffix.lower().removeprefix(".")
    if ending in _MAGIC:
        return ending
    with path.open("rb") as file:
        first = file.read(4)
    return next((name for name, magic in _MAGIC.items() if first.startswith(magic)), None)


def open_bytes(path: Path, compression: str | None) -> Bytes:
    """The file's bytes, unpacked. Reading raises `OSError` or `EOFError` where it is torn."""
    match compression:
        case "gz":
            return gzip.open(path, "rb")
        case "zst":  # python-zstandard ends without a word where a file is cut off, Arrow raises
            opened: Bytes = pa.CompressedInputStream(pa.OSFile(str(path), "rb"), "zstd")
            return opened
        case _:
            return path.open("rb", buffering=0)


def first_bytes(path: Path, size: int) -> bytes:
    """The first `size` bytes of a text, unpacked; fewer where it cannot be read on."""
    head = bytearray()
    try:
        with closing(open_bytes(path, compression_of(path))) as file:
            while len(head) < size and (part := _read(file, size - len(head))):
                head += part
    except (EOFError, OSError, zlib.error):
        return bytes(head)
    return bytes(head)


def encoding_remedy(path: Path) -> str:
    """What to do about a text that is not in the encoding that was said."""
    guess = likely_encoding(first_bytes(path, _HEAD))
    looks = f"it looks like {guess}" if guess else "such as cp1251, cp1252 or utf-16"
    return (
        f"Set `encoding` to what the file is written in ({looks}), or have it delivered as UTF-8."
    )


def check_encoding(path: Path, name: str, encoding: str) -> None:
    """Raises `LandingError` for a text that surely is in another encoding than `encoding`.

    One-byte encodings take any bytes: without this, every letter with a mark would be two others.
    """
    other = contradiction(first_bytes(path, _HEAD), encoding) if is_transcoded(encoding) else None
    if other:
        raise LandingError(
            f"{name}: is written in {other}, and `encoding` says {encoding}. Set `encoding: "
            f"{other}`, or give files of another encoding a source of their own."
        )


def is_transcoded(encoding: str) -> bool:
    """Whether a file of this encoding has to be converted to UTF-8."""
    return encoding not in _UNICODE


def utf8_blocks(
    path: Path, encoding: str, block: int = BLOCK, seen: Callable[[int], None] = lambda _: None
) -> Iterator[bytearray]:
    """The file's text in UTF-8: blocks of about `block` bytes that end with a line's end.

    Line ends are `\\n` (`\\r\\n` and, where a file has no other, `\\r` are converted); the last
    line gets one where it has none. A byte order mark is left out. What cannot be decoded stays as
    it is where the file is UTF-8, and becomes U+FFFD where it is transcoded. A block belongs to
    whoever takes it: it is not copied here, for at this size memory costs more than its content.
    `seen` is told how many bytes of the file, packed as it may be, were read so far. Raises
    `LandingError` for a damaged compressed file, for a line without end, and for a file of another
    encoding where that is known.
    """
    buffer = bytearray()
    only_returns: bool | None = None
    for part in _decoded(path, encoding, block, seen):
        if only_returns is None:
            only_returns = b"\r" in part and b"\n" not in part
        searched = len(buffer)
        buffer = _joined(buffer, part.replace(b"\r", b"\n") if only_returns else part)
        if len(buffer) < block:
            continue
        end = buffer.rfind(b"\n", searched) + 1
        if not end:
            if len(buffer) > _LONGEST:
                raise LandingError(
                    f"{path.name}: a line of more than {_LONGEST >> 20} MiB. "
                    "Is it a text file? Say what it is by `format`."
                )
            continue
        rest = buffer[end:]
        del buffer[end:]
        yield _with_newlines(buffer)
        buffer = rest
    if buffer:
        if not buffer.endswith(b"\n"):
            buffer += b"\n"
        yield _with_newlines(buffer)


def _joined(buffer: bytearray, part: bytearray) -> bytearray:
    if not buffer:
        return part
    buffer += part
    return buffer


def _with_newlines(block: bytearray) -> bytearray:
    return block.replace(b"\r\n", b"\n") if b"\r" in block else block


def _decoded(
    path: Path, encoding: str, block: int, seen: Callable[[int], None]
) -> Iterator[bytearray]:
    """The file's bytes in UTF-8, in parts; where nothing is to be converted, of a block's size."""
    decoder = codecs.getincrementaldecoder(encoding)("replace") if is_transcoded(encoding) else None
    first, compression = True, None
    try:
        compression = compression_of(path)
        is_plain = decoder is None and compression is None
        # No more than there is: making room for a block takes longer than reading a small file.
        at_once = min(block, path.stat().st_size + 1) if is_plain else _READ
        with closing(open_bytes(path, compression)) as file:
            while part := _read(file, at_once):
                seen(_position(file))
                data = bytearray(decoder.decode(part).encode()) if decoder else part
                if first and data.startswith(_BYTE_ORDER_MARK):
                    del data[: len(_BYTE_ORDER_MARK)]
                first = False
                yield data
        if decoder and (last := decoder.decode(b"", final=True)):
            yield bytearray(last.encode())
    except (EOFError, OSError, zlib.error) as error:
        strerror = getattr(error, "strerror", None)
        if compression and not strerror:
            raise LandingError(
                f"{path.name}: is not a whole {_WORDS[compression]} file ({error}). Have it "
                "delivered again."
            ) from error
        raise LandingError(
            f"{path.name}: cannot be read ({strerror or error}). Check that the file is there and "
            "that you may read it."
        ) from error
    except UnicodeError as error:  # of a text without its mark: bytes in it are replaced
        raise LandingError(
            f"{path.name}: is not {encoding} ({error}). Set `encoding` to what the file is written "
            "in; utf-16-le and utf-16-be need no mark at the beginning."
        ) from error


def _position(file: Bytes) -> int:
    """How many bytes of the file itself were read; 0 where it does not tell."""
    if isinstance(file, gzip.GzipFile | FileIO):
        return os.lseek(file.fileno(), 0, os.SEEK_CUR)
    return 0


def _read(file: Bytes, size: int) -> bytearray:
    buffer = bytearray(size)
    count = file.readinto(buffer)
    del buffer[count:]
    return buffer
