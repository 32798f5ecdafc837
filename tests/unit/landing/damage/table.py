"""docs/damage.md, as landing itself tells it: `python -m tests.unit.landing.damage.table`."""

import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.unit.landing.damage.bench import Bench, Landed
from tests.unit.landing.damage.kinds import KINDS, Kind, made

PAGE = Path(__file__).parents[4] / "docs" / "damage.md"
_NAMES = {"csv": "CSV", "jsonl": "JSON lines", "xlsx": "XLSX"}
_HEAD = """\
# What becomes of damaged files

A file of three rows is damaged in one way and landed. Whatever the damage is: rows read = accepted
+ rejected + filtered; a rejected row is in quarantine with its file, line and reason; a file that
cannot be used at all is refused with one message that says what to do, and nothing of it lands.

This page is written by the tests, which land every file on it.
"""
_VARIES = "depends on where it hits: the file is refused, or every row has its fate"


def page(bench: Bench) -> str:
    """The whole page."""
    return _HEAD + "".join(_table(form, bench) for form in KINDS)


def _table(form: str, bench: Bench) -> str:
    rows = "".join(f"| {kind.words} | {_fate(kind, bench)} |\n" for kind in KINDS[form])
    return f"\n## {_NAMES[form]}\n\n| damage | fate |\n|---|---|\n{rows}"


def _fate(kind: Kind, bench: Bench) -> str:
    found = bench.land(kind.format, made([kind], random.Random(kind.words)))
    if kind.varies:
        return _VARIES
    if found.problems:
        return f"refused: {_plain(found.problems[0])}".replace("|", "\\|")
    return ", ".join(_counted(found)) or "no row is in it, which is said"


def _counted(found: Landed) -> Iterator[str]:
    if found.accepted:
        yield f"{len(found.accepted)} accepted"
    for reason, rows in sorted(Counter(reason for _, reason, _ in found.rejected).items()):
        yield f"{rows} rejected: `{reason}`"


def _plain(message: str) -> str:
    """The first sentence of a message, without what differs from run to run."""
    text = re.sub(r"^sources.yml line \d+: ", "", message)
    text = re.sub(r"\b\d+\.(csv|jsonl|xlsx)", r"file.\1", text)
    text = re.sub(r"byte 0x\w+ at position \d+", "a byte", text)
    text = re.sub(r" \((?!\d+ bytes)[^()]*\)", "", text)
    return re.split(r"(?<=[a-z)\'\"]{2})\. ", text)[0].rstrip(".").replace("\n", " ")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(page(Bench(Path(folder))))
    sys.stdout.write(f"{PAGE}\n")
