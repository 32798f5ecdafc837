"""Thousands of broken files: every record has its fate, and nothing crashes or hangs."""

import random
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace

import pytest

from orchestration.landing.errors import Reason
from tests.unit.landing.damage import table
from tests.unit.landing.damage.bench import Bench, Landed
from tests.unit.landing.damage.kinds import KINDS, Kind, made
from tests.unit.landing.damage.places import PLACES

SHARDS = 10
FILES = {"csv": 310, "jsonl": 140, "xlsx": 65}
"""Of every shard: 5,150 in all, of which some are no damage after all."""


@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_record_of_a_broken_file_has_one_fate(tmp_path, shard):
    bench, dice = Bench(tmp_path), random.Random(shard)
    landed = 0
    for form, count in FILES.items():
        known = [kind for kind in KINDS[form] if not kind.is_large]
        for _ in range(count):
            kinds = dice.sample(known, dice.choice([1, 1, 2, 3]))
            try:
                content = made(kinds, dice, dice.randint(1, 6))
            except (KeyError, ValueError, IndexError, zipfile.BadZipFile, zlib.error):
                continue  # damage that another one has left nothing to
            found = bench.land(form, content)
            check(form, content, found, kinds)
            landed += not found.problems
    assert bench.files * SHARDS >= 5000
    assert landed > bench.files / 3, "most files are read"


def check(form: str, content: bytes, found: Landed, kinds: Sequence[Kind]) -> None:
    told = [kind.words for kind in kinds]
    if found.problems:
        assert all(re.match(r"(sources.yml line \d+|\d+\.\w+)", one) for one in found.problems), (
            told
        )
        return
    counts = found.counts
    assert counts.is_balanced, told
    assert counts.accepted == len(found.accepted), told
    assert counts.rejected == len(found.rejected), told
    assert counts.filtered == 0
    lines = [*found.accepted, *(line for line, _, _ in found.rejected)]
    assert None not in lines, told
    assert len(set(lines)) == len(lines), f"{told}: a record has two fates"
    assert all(reason in set(Reason) and message for _, reason, message in found.rejected), told
    if form != "xlsx" and b"\0" not in content and b"\n" in content:
        assert_no_line_is_lost(form, content, set(lines), told)


def assert_no_line_is_lost(form: str, content: bytes, lines: set[int], told: list[str]) -> None:
    """What is no record's beginning is blank, or inside the quotes of a record before it."""
    given = content.replace(b"\r\n", b"\n").split(b"\n")
    first = 2 if form == "csv" else 1
    filled = {n for n, line in enumerate(given, 1) if n >= first and line.strip(b" \t\r")}
    assert lines <= {*filled, *(n for n, line in enumerate(given, 1) if line)}, told
    for missing in filled - lines:
        before = max((line for line in lines if line < missing), default=first)
        assert b'"' in b"\n".join(given[before - 1 : missing]), (told, missing, content)
        assert form == "csv", told


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
    with pytest.raises(AssertionError, match="two fates"):
        check("csv", content, replace(found, accepted=[3]), [])
