"""Every record is accepted, rejected or filtered: exactly once, whatever is wrong with the file."""

import csv
import io
import random
import shutil

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import orchestration.landing.readers.csv as csv_reader
from orchestration.landing.readers import records

HEADER = "id,order,quantity,price,at,note\n"

# Values as they come: right, empty, of another type, with delimiters, quotes and line ends.
GOOD = [
    st.integers(0, 99).map("L{}".format),
    st.integers(0, 9).map("O{}".format),
    st.integers(1, 9).map(str),
    st.decimals(0, 99, places=2).map(str),
    st.just("2024-01-31 10:00:00"),
    st.sampled_from(["", "note", "Ünïcode", '"a, b"', '"said ""hi"""', '"two\nlines"']),
]
WRONG = ["x", "-1", "1,5", "nan", "infinity", "2024-02-31", "1e400", "9" * 30]
TORN = [
    '"',
    '""',
    '"torn',
    'mid"quote',
    '"a"b',
    '"x\n',
    '","',
    "\x00",
    "\r",
    "a\rb",
    "\t7 ",
    " ",
    "",
]
BAD = st.sampled_from([*WRONG, *TORN, "2024-01-31T10:00:00+03:00"])
FIELD = [st.one_of(good, good, good, BAD) for good in GOOD]
LINE = st.one_of(
    *(st.tuples(*GOOD).map(",".join) for _ in range(3)),
    st.tuples(*FIELD).map(",".join),
    st.lists(st.one_of(BAD, *GOOD), max_size=8).map(",".join),
    st.text(alphabet='abc,"\n\r ;\t', max_size=30),
)
BYTES = st.one_of(
    LINE.map(str.encode),
    LINE.map(str.encode),
    LINE.map(str.encode),
    LINE.map(lambda line: line.encode() + b"\xff\xfe\xc3"),
    LINE.map(lambda line: line.encode("utf-16")),
)
FILES = st.tuples(
    st.lists(BYTES, max_size=25), st.sampled_from([b"\n", b"\r\n"]), st.booleans()
).map(lambda made: made[1].join([HEADER.strip().encode(), *made[0]]) + made[1] * made[2])


def physical_lines(content: bytes) -> dict[int, bytes]:
    """Line number → line, without the header and without blank lines."""
    lines = content.replace(b"\r\n", b"\n").split(b"\n")
    return {n: line for n, line in enumerate(lines, 1) if n > 1 and line.strip(b"\r")}


@settings(
    max_examples=12,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking so many files takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(files=st.lists(FILES, min_size=20, max_size=20), block=st.sampled_from([60, 400, 1 << 20]))
def test_no_record_of_a_broken_file_is_lost_or_doubled(shop, files, block):
    company = shop("inbox", settings="max_rejected_share: 1", where="where: quantity < 8")
    shutil.rmtree(company.folder / "inbox", ignore_errors=True)
    shutil.rmtree(company.settings.data_dir, ignore_errors=True)
    for number, content in enumerate(files):
        company.write(f"inbox/{number}.csv", content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_reader.CsvReader.__init__, "__defaults__", (block,))
        reports = {report.file: report.counts for report in company.land().files}
    landed = company.query("select _file, _row, order_line_id from landing.order_lines")
    rejected = company.query("select file, line, raw_row from landing._quarantine")
    for number, content in enumerate(files):
        name = f"{number}.csv"
        if name not in reports:  # the same bytes as another file
            assert files.count(content) > 1
            continue
        check_one_file(
            content,
            reports[name],
            {row: key for file, row, key in landed if file == name},
            [(line, raw) for file, line, raw in rejected if file == name],
        )
    assert len(landed) == sum(counts.accepted for counts in reports.values())


def check_one_file(content, counts, landed, rejected):
    assert counts.is_balanced
    assert counts.accepted == len(landed)
    assert counts.rejected == len(rejected)
    starts = [*landed, *(line for line, _ in rejected)]
    assert len(starts) == len(set(starts)), "a record is in two places"
    lines = physical_lines(content)
    assert set(starts) <= set(lines), "a record begins where no line is"
    for line, raw in rejected:
        assert line_text(lines[line]).rstrip("\r") == raw.split("\n")[0].rstrip("\r")
    for row, key in landed.items():
        assert key in line_text(lines[row])
    if counts.filtered:
        return
    every_line = content.replace(b"\r\n", b"\n").split(b"\n")
    for missing in set(lines) - set(starts):
        # What is no record's beginning is inside a quoted field of the record before it.
        before = max((start for start in starts if start < missing), default=None)
        assert before is not None
        assert b'"' in b"\n".join(every_line[before - 1 : missing])


def line_text(line: bytes) -> str:
    return line.decode(errors="backslashreplace").replace("\0", "\\x00")


@pytest.mark.parametrize("seed", range(3))
def test_sound_files_land_as_python_reads_them(shop, seed):
    """Quotes, doubled quotes, delimiters and line ends inside texts, some hundred rows."""
    dice = random.Random(seed)
    notes = ["", "plain", "a, b", 'said "hi"', "two\nlines", "Ünïcode €", '"', "'", "a\n\nb"]
    rows = [
        [f"L{n}", f"O{n % 7}", str(1 + n % 5), f"{n / 7:.2f}", "2024-01-31 10:00:00",
         dice.choice(notes)]
        for n in range(400)
    ]  # fmt: skip
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=dice.choice([0, 1])).writerows(rows)
    company = shop()
    company.write("lines.csv", HEADER + text.getvalue())
    [report] = company.land().files
    assert report.counts.accepted == 400
    landed = company.query(
        "select order_line_id, extra->>'note', unit_price from landing.order_lines order by _row"
    )
    expected = [(row[0], row[5].strip() or None, float(row[3])) for row in rows]
    assert [(key, note, float(price)) for key, note, price in landed] == expected


def test_a_record_that_gets_lost_is_noticed(shop, monkeypatch):
    """The check of the accounts can fail: let the reader forget a line."""
    company = shop()
    company.write("lines.csv", HEADER + "L1,O1,x,1,2024-01-01,\nL2,O1,1,1,2024-01-01,\n")
    monkeypatch.setattr(csv_reader, "take_record", lambda *_: records.Taken(None, 1))
    [problem] = company.fails()
    assert problem.startswith("lines.csv: 2 records were counted and 1 read.")
    assert company.query("select count(*) from landing._batches") == [(0,)]
