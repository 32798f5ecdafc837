"""docs/damage.md, as landing itself tells it: `python -m tests.unit.landing.damage.table`."""

import random
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.unit.landing.damage.bench import Bench, Landed
from tests.unit.landing.damage.kinds import KINDS, Kind, made
from tests.unit.landing.damage.places import PLACES, sound

PAGE = Path(__file__).parents[4] / "docs" / "damage.md"
_NAMES = {"csv": "CSV", "jsonl": "JSON lines", "xlsx": "XLSX"}
_HEAD = """\
# What becomes of damaged files

A file of three rows is damaged in one way and landed. Whatever the damage is: rows read = accepted
+ rejected + filtered; a rejected row is in quarantine with its file, line and reason; a file that
cannot be used at all is refused with one message that says what to do, and nothing of it lands.

Where the fate depends on the place, each place has a row that names the lines: the first row is on
line 2, of JSON lines on line 1. Lines that are not named are empty, or part of a text in quotes
that began before them.

This page is written by the tests, which land every file on it.
"""


def page(bench: Bench) -> str:
    """The whole page."""
    return _HEAD + "".join(_table(form, bench) for form in KINDS)


def _table(form: str, bench: Bench) -> str:
    rows = "".join(
        f"| {words} | {fate(bench.land(form, content), names_lines)} |\n"
        for kind in KINDS[form]
        for words, content, names_lines in _examples(kind)
    )
    return f"\n## {_NAMES[form]}\n\n| damage | fate |\n|---|---|\n{rows}"


def _examples(kind: Kind) -> Iterator[tuple[str, bytes, bool]]:
    """(words, file, whether lines are told): one file of a kind, or one for each of its places."""
    places = PLACES.get((kind.format, kind.words))
    if places is None:
        yield kind.words, made([kind], random.Random(kind.words)), False
        return
    for where, change in places.items():
        yield f"{kind.words}: {where}", change(sound(kind.format)), True


def fate(found: Landed, names_lines: bool = False) -> str:
    """What became of a file; with the lines of its rows if wanted."""
    if found.problems:
        return f"refused: {_plain(found.problems[0])}".replace("|", "\\|")
    return ", ".join(_counted(found, names_lines)) or "no row is in it, which is said"


def _counted(found: Landed, names_lines: bool) -> Iterator[str]:
    if found.accepted:
        yield f"{len(found.accepted)} accepted" + _lines(found.accepted, names_lines)
    lines = defaultdict(list)
    for line, reason, _ in found.rejected:
        lines[reason].append(line)
    for reason, those in sorted(lines.items()):
        yield f"{len(those)} rejected: `{reason}`" + _lines(those, names_lines)


def _lines(lines: Sequence[int | None], are_told: bool) -> str:
    if not are_told:
        return ""
    return f" (line{'s' * (len(lines) > 1)} {', '.join(map(str, sorted(lines)))})"


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
