"""`index.html` of a set: what a marketer reads first."""

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape

from orchestration.exports.destinations import DESTINATIONS
from orchestration.exports.model import (
    ExportReport,
    ExportResult,
    Reason,
    Removes,
    Role,
    Standing,
    State,
    SyncMode,
)

_WORDS = {
    Reason.FAILED_AUDIT: "the segment failed its audit",
    Reason.NO_CONSENT: "no valid consent for this purpose",
    Reason.SUPPRESSED_CUSTOMER: "the customer objected",
    Reason.SUPPRESSED_IDENTIFIER: "someone with the same address or number objected",
    Reason.TEST_CUSTOMER: "test customer",
    Reason.MINOR: "younger than 18",
    Reason.JURISDICTION: "policy keeps this country out, or the country is not known",
    Reason.HELD_OUT: "held out, to measure the effect",
    Reason.NOT_HELD_OUT: "not held out: in the audience itself",
    Reason.FREQUENCY_CAP: "contacted often enough of late",
    Reason.LOWER_PRIORITY: "another segment comes first, and the cap allows no more",
    Reason.NO_CONTACT_RECORD: "no contact record",
    Reason.FORMULA_LIKE: "the address would act as a formula",
    Reason.MIXED_SCRIPTS: "the address mixes letters of several alphabets",
    Reason.INNER_SPACE: "a space within the address",
    Reason.PLACEHOLDER: "a placeholder instead of a phone number",
    Reason.NO_COUNTRY: "a phone number without a calling code, and no country",
    Reason.NOT_MOBILE: "not a mobile number",
    Reason.NO_VALUE: "no amount, which the channel needs",
    Reason.NO_VALID_IDENTIFIER: "no address or number that the channel can use",
    Reason.DUPLICATE_IDENTIFIER: "same address or number as a customer of higher value",
    Reason.BELOW_MINIMUM: "too few rows for the channel",
    Reason.ABOVE_MAXIMUM: "more than the channel takes, or amounts in several currencies",
    "invalid_email": "the e-mail address is not valid",
    "invalid_phone": "the phone number is not valid",
}

_MODES = {
    SyncMode.REPLACE: "replaces the whole audience",
    SyncMode.APPEND: "adds only",
    SyncMode.REMOVE: "removes only",
    SyncMode.MIRROR: "adds and removes",
}

_ROLES = {
    Role.FULL: "Everyone: {} rows, in place of what is there",
    Role.REMOVES: "To be removed: {} rows, upload this first",
    Role.ADDS: "To be added: {} rows",
}

SHOWN = {
    Standing.RELEASED: "released",
    Standing.WAITING: "waiting for release",
    Standing.BLOCKED: "waiting, because of a sudden change of size",
    Standing.PAUSED: "paused",
}
"""A standing in words, of one audience or several."""
_NO_FILE = "without a file"

_STANDINGS = {
    Standing.WAITING: "Waits for its release: {}",
    Standing.BLOCKED: "Its size changed so much that somebody has to look: {}",
    Standing.PAUSED: "This destination is paused.",
}

_STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 84rem; padding: 0 1rem }
h1 { line-height: 1.2 }
table { border-collapse: collapse; table-layout: fixed; width: 100% }
th, td { border-bottom: 1px solid #8884; padding: .6rem .5rem; text-align: left;
         vertical-align: top; overflow-wrap: break-word }
thead th { border-bottom: 2px solid #888; background: Canvas; position: sticky; top: 0 }
tbody { border-bottom: 2px solid #888 }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
small, .ru { opacity: .7 }
small, a { overflow-wrap: anywhere }
td div + div { margin-top: .3rem }
code { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere }
@media (max-width: 60rem) {
  thead, colgroup { display: none }
  table, tbody, tr, td { display: block }
  tbody { padding: .6rem 0 }
  tr + tr, .segment + td { border-top: 1px solid #8884; margin-top: .3rem }
  td { border: 0; padding: .15rem 0 }
  td[data-name]::before { content: attr(data-name) ": "; opacity: .7 }
  .number { display: inline-block; margin-right: 1rem }
}
"""

_COLUMNS = (
    ("Segment", "24%", False),
    ("Where to", "13%", False),
    ("Customers", "8%", True),
    ("Kept", "7%", True),
    ("Change", "7%", True),
    ("Left out", "20%", False),
    ("Files", "21%", False),
)


def as_html(report: ExportReport) -> str:
    """One table, readable offline, no script: segment by segment, where each goes."""
    segments: dict[tuple[str, str], list[ExportResult]] = {}
    for result in sorted(report.results, key=lambda one: (one.export.audience, one.export.segment)):
        segments.setdefault((result.export.audience, result.export.segment), []).append(result)
    bodies = "\n".join(f"<tbody>\n{_rows(results)}\n</tbody>" for results in segments.values())
    unreadable = ""
    if report.unreadable_suppressions:
        unreadable = (
            f"<p><strong>{report.unreadable_suppressions} objections name an address that cannot "
            "be read.</strong> Correct them in the suppression list: they protect nobody yet.</p>"
        )
    day = report.as_of_date.isoformat()
    widths = "".join(f'<col style="width: {width}">' for _, width, _ in _COLUMNS)
    heads = "".join(
        f'<th class="number">{name}</th>' if is_number else f"<th>{name}</th>"
        for name, _, is_number in _COLUMNS
    )
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Segment files, {day}</title><style>{_STYLE}</style></head>
<body>
<h1>Segment files as of {day}</h1>
<p>Upload the files as they are: opening and saving one in a spreadsheet spoils phone numbers and
encoding. Each folder holds the files, their manifest and <code>SHA256SUMS</code>. Adds and removes
go by what was acknowledged last: once you have uploaded them, say so with
<code>retention ack &lt;destination&gt;/&lt;audience&gt;</code>. Change is against the day exported
before.</p>
<p>{_summary(report)}</p>
{unreadable}
{_removes(report)}
<table>
<colgroup>{widths}</colgroup>
<thead><tr>{heads}</tr></thead>
{bodies}
</table>
</body>
</html>
"""


def _summary(report: ExportReport) -> str:
    """How many audiences are in which state."""
    states = Counter(SHOWN[one.standing] if one.standing else _NO_FILE for one in report.results)
    words = (*SHOWN.values(), _NO_FILE)
    return escape(" · ".join(f"{states[one]:,} {one}" for one in words if one in states))


def _removes(report: ExportReport) -> str:
    """What erasures have left to be done at channels, by hand."""
    if not report.removes:
        return ""
    items = "\n".join(f"<li>{_removal(one)}</li>" for one in report.removes)
    return (
        "<h2>People to be taken out</h2>\n<p>These people are erased here, and the channels have "
        f"to forget them too. Upload each file as removes, before anything else.</p>\n"
        f"<ul>\n{items}\n</ul>"
    )


def _removal(one: Removes) -> str:
    title = DESTINATIONS[one.destination].title if one.destination in DESTINATIONS else ""
    where = f"{escape(title or one.destination)}, audience {escape(one.audience)}"
    if one.standing is not None:
        how = _STANDINGS[one.standing].format(_release(one.destination, one.audience))
        return f"{where}: {one.rows:,} rows. {how}"
    links = ", ".join(
        # Seen from exports/latest, and from the link of the day.
        f'<a href="../{escape(f"{one.place}/{file}")}">{escape(file)}</a>'
        for file in one.files
    )
    return f"{where}: {one.rows:,} rows, {links}. Delete its folder once it is uploaded."


def _rows(results: Sequence[ExportResult]) -> str:
    """The exports of one segment."""
    return "\n".join(
        _row(result, 0 if place else len(results)) for place, result in enumerate(results)
    )


def _row(result: ExportResult, rows: int) -> str:
    """One export; the first of a segment's `rows` says what the segment means."""
    export = result.export
    meaning = "".join(
        f'<br><span class="{language}" lang="{language}">{escape(text)}</span>'
        for language, text in (("en", export.description_en), ("ru", export.description_ru))
        if text
    )
    title = DESTINATIONS[export.destination].title
    counted = result.state is not State.SKIPPED
    dropped = "<br>".join(_dropped(result)) if counted else ""
    numbers = "".join(
        f'<td class="number" data-name="{name}">{text if counted else "–"}</td>'
        for name, text in (
            ("Customers", f"{result.counts.segment:,}"),
            ("Kept", f"{result.counts.kept:,}"),
            ("Change", _change(result)),
        )
    )
    left_out = f'<td data-name="Left out">{dropped}</td>' if dropped else "<td></td>"
    segment = (
        f'<td class="segment" rowspan="{rows}"><strong>{escape(export.segment)}</strong>'
        f"{meaning}</td>"
    )
    return (
        f"<tr>{segment if rows else ''}"
        f"<td>{escape(title)}<br><small>audience {escape(export.audience)}, "
        f"{_MODES[SyncMode(export.sync_mode)]}</small></td>"
        f"{numbers}{left_out}"
        f"<td>{''.join(f'<div>{one}</div>' for one in _files(result))}</td></tr>"
    )


def _change(result: ExportResult) -> str:
    if result.change is None:
        return "new"
    return f"{result.change:+,}".replace("-", "−") if result.change else "±0"


def _dropped(result: ExportResult) -> Iterator[str]:
    for reason, count in result.counts.dropped_by_reason.items():
        yield f"{count:,} {escape(_WORDS.get(reason, reason.replace('_', ' ')))}"


def _files(result: ExportResult) -> Iterator[str]:
    export = result.export
    if result.standing in _STANDINGS:
        yield f"<strong>{_STANDINGS[result.standing].format(_release(*export.pair))}</strong>"
    else:
        for file in result.files:
            address = f"{export.name}/{file.name}"
            said = _ROLES[Role(file.role)].format(f"{file.rows:,}")
            yield f'<a href="{escape(address)}">{said}</a><br><small>{escape(file.name)}</small>'
        if result.state is State.WRITTEN and not result.files:
            yield _unchanged(result)
    if result.expires_on and result.files:
        yield f"<small>use until {result.expires_on.isoformat()}</small>"
    if result.reason:
        yield f"<strong>No file.</strong> {escape(result.reason)}"
    for warning in result.warnings:
        yield escape(warning)
    if result.blank_cells:
        cells = ", ".join(map(_blank, result.blank_cells.items()))
        yield f"<small>blank cells, of all segments: {cells}</small>"


def _blank(cell: tuple[str, int]) -> str:
    header, reason = cell[0].rsplit(":", 1)
    return f"{escape(header)} {escape(reason.replace('_', ' '))} {cell[1]:,}"


def _release(destination: str, audience: str) -> str:
    """The command by which a person releases an audience."""
    return f"<code>retention release {escape(f'{destination}/{audience}')}</code>"


def _unchanged(result: ExportResult) -> str:
    since = f" since content {result.base} was acknowledged" if result.base else ""
    return f"Nothing to upload{since}."
