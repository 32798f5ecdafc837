"""Text files as blocks of whole UTF-8 lines, whatever their compression and encoding."""

import codecs
import gzip
import os
import zlib
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path

from orchestration.landing.errors import LandingError

BLOCK = 32 << 20
"""Bytes of a block: large enough to be read at full speed, small enough for two in memory."""

_READ = 4 << 20
_LONGEST = 8 * BLOCK
_BYTE_ORDER_MARK = codecs.BOM_UTF8
_UNICODE = ("utf-8", "utf-8-sig", "ascii")
REPLACEMENT = "\ufffd".encode()


def open_bytes(path: Path) -> gzip.GzipFile | FileIO:
    """The file's bytes, unpacked where its name ends in `.gz`."""
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb", buffering=0)


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
    `LandingError` for a damaged gzip file and for a line without end.
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
    is_plain = decoder is None and path.suffix.lower() != ".gz"
    first = True
    try:
        with open_bytes(path) as file:
            while part := _read(file, block if is_plain else _READ):
                seen(_position(file))
                data = bytearray(decoder.decode(part).encode()) if decoder else part
                if first and data.startswith(_BYTE_ORDER_MARK):
                    del data[: len(_BYTE_ORDER_MARK)]
                first = False
                yield data
        if decoder and (last := decoder.decode(b"", final=True)):
            yield bytearray(last.encode())
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise LandingError(
            f"{path.name}: is not a whole gzip file ({error}). Have it delivered again."
        ) from error
    except OSError as error:
        raise LandingError(
            f"{path.name}: cannot be read ({error.strerror or error}). Check that the file is "
            "there and that you may read it."
        ) from error


def _position(file: gzip.GzipFile | FileIO) -> int:
    """How many bytes of the file itself were read."""
    return os.lseek(file.fileno(), 0, os.SEEK_CUR)


def _read(file: gzip.GzipFile | FileIO, size: int) -> bytearray:
    buffer = bytearray(size)
    count = file.readinto(buffer)
    del buffer[count:]
    return buffer
