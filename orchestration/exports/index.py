"""The index of a set: what a marketer reads first (`index.html`) and what a machine reads."""

from collections.abc import Iterator
from html import escape
from typing import Any

from orchestration.exports.destinations import DESTINATIONS
from orchestration.exports.manifest import dumps
from orchestration.exports.model import ExportReport, ExportResult, Reason, State

JSON_NAME = "index.json"
HTML_NAME = "index.html"

_WORDS = {
    Reason.NO_CONSENT: "no valid consent for this purpose",
    Reason.SUPPRESSED_CUSTOMER: "the customer objected",
    Reason.SUPPRESSED_IDENTIFIER: "someone with the same address or number objected",
    Reason.TEST_CUSTOMER: "test customer",
    Reason.MINOR: "younger than 18",
    Reason.HELD_OUT: "held out, to measure the effect",
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
    Reason.ABOVE_MAXIMUM: "too many rows for the channel",
    "invalid_email": "the e-mail address is not valid",
    "invalid_phone": "the phone number is not valid",
}

_STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem }
table { border-collapse: collapse; table-layout: fixed; width: 100% }
th, td { border-bottom: 1px solid #8884; padding: .6rem .5rem; text-align: left;
         vertical-align: top; overflow-wrap: anywhere }
.number { text-align: right; font-variant-numeric: tabular-nums }
small, .ru { opacity: .7 }
a { font: 13px/1.5 ui-monospace, monospace }
"""

_WIDTHS = ("27%", "12%", "9%", "8%", "22%", "22%")


def as_json(report: ExportReport) -> str:
    """`index.json`: `as_of`, `unreadable_suppressions` and one object per export."""
    return dumps(
        {
            "as_of": report.as_of_date.isoformat(),
            "unreadable_suppressions": report.unreadable_suppressions,
            "exports": [_entry(result) for result in report.results],
        }
    )


def _entry(result: ExportResult) -> dict[str, Any]:
    export = result.export
    folder = f"{export.destination}/{export.audience}"
    return {
        "segment": export.segment,
        "segment_code": result.segment_code,
        "description_en": export.description_en,
        "description_ru": export.description_ru,
        "destination": export.destination,
        "audience": export.audience,
        "sync_mode": export.sync_mode,
        "state": result.state,
        "reason": result.reason,
        "counts": {
            "segment": result.counts.segment,
            "kept": result.counts.kept,
            "dropped_by_reason": dict(result.counts.dropped_by_reason),
        },
        "blank_cells": dict(result.blank_cells),
        "warnings": list(result.warnings),
        "content_id": result.content_id,
        "expires_on": result.expires_on.isoformat() if result.expires_on else None,
        "files": [f"{folder}/{file.name}" for file in result.files],
    }


def as_html(report: ExportReport) -> str:
    """`index.html`: one table, readable offline, no script."""
    rows = "\n".join(_row(result) for result in report.results)
    unreadable = ""
    if report.unreadable_suppressions:
        unreadable = (
            f"<p><strong>{report.unreadable_suppressions} objections name an address that cannot "
            "be read.</strong> Correct them in the suppression list: they protect nobody yet.</p>"
        )
    day = report.as_of_date.isoformat()
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Segment files, {day}</title><style>{_STYLE}</style></head>
<body>
<h1>Segment files as of {day}</h1>
<p>Upload the files as they are: opening and saving one in a spreadsheet spoils phone numbers and
encoding. Each folder holds the file, its manifest and <code>SHA256SUMS</code>. Every file replaces
the whole audience.</p>
{unreadable}
<table>
<colgroup>{"".join(f'<col style="width: {width}">' for width in _WIDTHS)}</colgroup>
<thead><tr><th>Segment</th><th>Where to</th><th class="number">Customers</th>
<th class="number">Kept</th><th>Left out</th><th>File</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</body>
</html>
"""


def _row(result: ExportResult) -> str:
    export = result.export
    meaning = "".join(
        f'<br><span class="{language}" lang="{language}">{escape(text)}</span>'
        for language, text in (("en", export.description_en), ("ru", export.description_ru))
        if text
    )
    title = DESTINATIONS[export.destination].title
    counted = result.state is not State.SKIPPED
    dropped = "<br>".join(_dropped(result)) if counted else ""
    return (
        f"<tr><td><strong>{escape(export.segment)}</strong>{meaning}</td>"
        f"<td>{escape(title)}<br><small>audience {escape(export.audience)}</small></td>"
        f'<td class="number">{f"{result.counts.segment:,}" if counted else "–"}</td>'
        f'<td class="number">{f"{result.counts.kept:,}" if counted else "–"}</td>'
        f"<td>{dropped}</td><td>{'<br>'.join(_files(result))}</td></tr>"
    )


def _dropped(result: ExportResult) -> Iterator[str]:
    for reason, count in result.counts.dropped_by_reason.items():
        yield f"{count:,} {escape(_WORDS.get(reason, reason.replace('_', ' ')))}"


def _files(result: ExportResult) -> Iterator[str]:
    export = result.export
    for file in result.files:
        address = f"{export.destination}/{export.audience}/{file.name}"
        yield f'<a href="{escape(address)}">{escape(file.name)}</a>'
    if result.expires_on:
        yield f"<small>use until {result.expires_on.isoformat()}</small>"
    if result.reason:
        yield f"<strong>No file.</strong> {escape(result.reason)}"
    for warning in result.warnings:
        yield escape(warning)
    for cell, count in result.blank_cells.items():
        header, reason = cell.split(":")
        why = escape(reason.replace("_", " "))
        yield f"<small>blank in all segments: {escape(header)} {why}: {count:,}</small>"
