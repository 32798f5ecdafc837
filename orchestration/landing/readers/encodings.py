"""Which encoding a text is most likely written in: for messages, never for reading."""

import codecs
import re
from collections.abc import Mapping

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CYRILLIC = ("cp1251", "koi8-r", "cp866")
_WORD = re.compile("[А-ЯЁа-яё]{2,}")
_USUAL_WORD = re.compile("[А-ЯЁ]?[а-яё]+|[А-ЯЁ]+")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")


def likely_encoding(head: bytes) -> str | None:
    """A guess from the first bytes of a file; None where nothing speaks for any."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if b"\0" in head:
        return _utf_16(head)
    if is_utf8(head):
        return None if head.isascii() else "utf-8"
    runs = _HIGH_RUN.findall(head)
    if sum(len(run) for run in runs if len(run) > 1) * 2 < sum(map(len, runs)):
        return "cp1252"  # single letters with marks, as in western languages
    name, letters = max(_usual_words(head).items(), key=lambda found: found[1])
    return name if letters * 2 > sum(map(len, runs)) else None


def contradiction(head: bytes, encoding: str) -> str | None:
    """The encoding that a text which was said to be in `encoding` surely has instead."""
    name = codecs.lookup(encoding).name
    if name in ("utf-8", "utf-8-sig", "ascii"):
        return None
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if name.startswith(("utf-16", "utf-32")):
        return "utf-8" if head and b"\0" not in head and is_utf8(head) else None
    return None if head.isascii() or not is_utf8(head) else "utf-8"


def is_utf8(head: bytes) -> bool:
    """Whether bytes, which may end inside a character, are UTF-8."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _utf_16(head: bytes) -> str | None:
    """Little- or big-endian, by where the zero bytes of ASCII characters stand."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) * 50 < len(head) or max(even, odd) < 4 * min(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _usual_words(head: bytes) -> Mapping[str, int]:
    """Encoding → letters in words that are written as words are (`Имя`, not `иМЯ`)."""
    return {
        name: sum(
            len(word)
            for word in _WORD.findall(head.decode(name, "replace"))
            if _USUAL_WORD.fullmatch(word)
        )
        for name in _CYRILLIC
    }
