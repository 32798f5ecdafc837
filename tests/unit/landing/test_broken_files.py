"""Thousands of broken files: every record has its fate, and nothing crashes or hangs."""

import faulthandler
import random
import re
import signal
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType

import pytest

from orchestration.landing.errors import Reason
from tests.unit.landing.damage import table
from tests.unit.landing.damage.bench import Bench, Landed
from tests.unit.landing.damage.counting import lines_of, records_of
from tests.unit.landing.damage.kinds import KINDS, Kind, made, workbook
from tests.unit.landing.damage.places import PLACES

SHARDS = 10
FILES = {"csv": 320, "jsonl": 155, "xlsx": 70}
"""Of every shard: 5,450 in all, of which some are no damage after all."""
CPU_SECONDS = 20
"""What no file may take, and hundreds of times of what one takes."""


@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_record_of_a_broken_file_has_one_fate(tmp_path, shard):
    """In every other shard some records are not wanted."""
    bench, dice = Bench(tmp_path, "quantity < 8" if shard % 2 else ""), random.Random(shard)
    broken, landed, counted = 0, 0, 0
    for form, count in FILES.items():
        known = [kind for kind in KINDS[form] if not kind.is_large]
        for _ in range(count):
            kinds = dice.sample(known, dice.choice([1, 1, 2, 3]))
            try:
                content = made(kinds, dice, dice.randint(1, 6))
            except (KeyError, ValueError, IndexError, zipfile.BadZipFile, zlib.error):
                continue  # damage that another one has left nothing to
            found = landed_in_time(bench, form, content, kinds)
            counted += check(form, content, found, kinds)
            broken += not all(kind.is_harmless for kind in kinds)
            landed += not found.problems
    assert broken * SHARDS >= 5000
    assert landed > bench.files / 3, "most files are read"
    assert counted > landed * 0.8, "and their records counted"


@pytest.mark.parametrize("form", FILES)
def test_a_cell_of_10_mb_has_one_fate_among_other_damage(tmp_path, form):
    bench, dice = Bench(tmp_path), random.Random(form)
    [large] = [kind for kind in KINDS[form] if kind.is_large]
    others = [kind for kind in KINDS[form] if kind.rows and kind.words not in _NO_ROWS]
    for other in dice.sample(others, 4):
        kinds = [large, other]
        content = made(kinds, dice, 3)
        assert len(content) > 10 << 20 or form == "xlsx"
        found = landed_in_time(bench, form, content, kinds)
        check(form, content, found, kinds)


_NO_ROWS = ("a workbook without a row",)


def landed_in_time(bench: Bench, form: str, content: bytes, kinds: Sequence[Kind]) -> Landed:
    with cpu_limit(CPU_SECONDS, str([kind.words for kind in kinds])):
        return bench.land(form, content)


@contextmanager
def cpu_limit(seconds: float, what: str) -> Iterator[None]:
    """Raises `TimeoutError` in the block; ends the process where nothing can be raised any more."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"{what}: more than {seconds} s")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    faulthandler.dump_traceback_later(60 * seconds, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def check(form: str, content: bytes, found: Landed, kinds: Sequence[Kind]) -> bool:
    """Fails where a record has no fate or two; returns whether others counted the records too."""
    told = [kind.words for kind in kinds]
    if found.problems:
        assert all(re.match(r"(sources.yml line \d+|\d+\.\w+)", one) for one in found.problems), (
            told
        )
        return False
    counts = found.counts
    assert counts.is_balanced, told
    assert counts.accepted == len(found.accepted), told
    assert counts.rejected == len(found.rejected), told
    lines = [*found.accepted, *(line for line, _, _ in found.rejected)]
    assert None not in lines, told
    assert len(set(lines)) == len(lines), f"{told}: a record has two fates"
    assert all(reason in set(Reason) and message for _, reason, message in found.rejected), told
    assert found.files <= {found.file}, told
    records = records_of(form, content)
    if records is not None:
        assert counts.read == len(records), (told, records, sorted(lines), content[:1000])
        assert set(lines) <= records, (told, records, sorted(lines), content[:1000])
    elif not counts.filtered:
        assert_no_line_is_lost(content, set(lines), told)
    return records is not None


def assert_no_line_is_lost(content: bytes, lines: set[int], told: list[str]) -> None:
    """Of torn quotes: what is no record's beginning is blank, or behind a quote."""
    given = lines_of(content)
    filled = {n for n, line in enumerate(given, 1) if n > 1 and line.strip(b" \t\r")}
    assert lines <= {n for n, line in enumerate(given, 1) if line}, told
    for missing in filled - lines:
        before = max((line for line in lines if line < missing), default=2)
        assert b'"' in b"\n".join(given[before - 1 : missing]), (told, missing, content)


def test_the_table_of_damage_is_what_landing_does(tmp_path):
    told = "python -m tests.unit.landing.damage.table writes it anew"
    assert table.PAGE.read_text() == table.page(Bench(tmp_path)), told


@pytest.mark.parametrize("form", KINDS)
def test_damage_whose_fate_depends_on_the_place_is_told_by_places(tmp_path, form):
    """Every other kind has the fate that the table says, wherever it hits."""
    assert {words for of, words in PLACES if of == form} <= {kind.words for kind in KINDS[form]}
    bench = Bench(tmp_path)
    for kind in KINDS[form]:
        if (form, kind.words) not in PLACES and not kind.is_large:
            fates = {table.fate(bench.land(form, made([kind], random.Random(n)))) for n in range(3)}
            assert len(fates) == 1, kind.words


def test_a_lost_line_is_noticed(tmp_path):
    """The checks above can fail."""
    content = b"id,order,quantity,price,at\nL1,O1,1,1,\nL2,O1,x,1,\n"
    found = Bench(tmp_path).land("csv", content)
    assert (found.accepted, [line for line, _, _ in found.rejected]) == ([2], [3])
    check("csv", content, found, [])
    with pytest.raises(AssertionError):
        check("csv", content + b"L3,O1,1,1,\n", found, [])
    with pytest.raises(AssertionError):
        check("csv", content, replace(found, files=frozenset({"another.csv"})), [])
    with pytest.raises(AssertionError, match="two fates"):
        check("csv", content, replace(found, accepted=[3]), [])


def test_a_lost_row_of_a_workbook_is_noticed(tmp_path):
    rows = [["id", "order", "quantity", "price", "at"], ["L1", "O1", "1", "1", ""]]
    found = Bench(tmp_path).land("xlsx", workbook(rows))
    assert check("xlsx", workbook(rows), found, [])
    with pytest.raises(AssertionError):
        check("xlsx", workbook([*rows, rows[1]]), found, [])


def test_a_file_that_takes_too_long_is_noticed():
    with pytest.raises(TimeoutError, match="a slow one"), cpu_limit(0.05, "a slow one"):
        while True:
            pass


@pytest.mark.parametrize(
    ("form", "content", "records"),
    [
        ("csv", b"id\r\n\r\n1\r\n2", {3, 4}),
        ("csv", b"id\r1\r\r2\r", {2, 4}),
        ("csv", b'id,note\n1,"a\n\nb"\n\n2,"c"', {2, 6}),
        ("csv", b'id,note\n1,"a"b\n', None),
        ("csv", b'id,note\n1,"a\n', None),
        ("jsonl", b'\n{"a": 1}\n \n{', {2, 4}),
        ("xlsx", workbook([["id", "note"], ["1", ""], ["", ""], ["", "a"]]), {2, 4}),
        ("xlsx", b"PK", None),
    ],
)
def test_records_are_counted(form, content, records):
    assert records_of(form, content) == records
