"""Sets of exports: folders with a folder per audience, an index, and checksums of everything."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from orchestration.exports import index, manifest, page, writer
from orchestration.exports.model import ExportError, ExportReport, ExportResult
from orchestration.progress import Advance, unwatched

INDEX_NAMES = (index.JSON_NAME, index.HTML_NAME)


def complete(report: ExportReport, sums: Mapping[str, str]) -> str:
    """Write index and checksums into the report's folder; returns the id of the set's content.

    `sums`: SHA-256 of the audiences' files by their name in the set.
    """
    folder = report.staging_dir
    writer.write_text(folder / index.JSON_NAME, index.as_json(report))
    writer.write_text(folder / index.HTML_NAME, page.as_html(report))
    own = {name: writer.checked_sha256(folder / name) for name in INDEX_NAMES}
    text = manifest.checksums({**sums, **own}.items())
    writer.write_text(folder / manifest.CHECKSUMS, text)
    return manifest.set_id(text)


def read_sums(folder: Path) -> dict[str, str]:
    """SHA-256 by name, as the set says; nothing where it is no set."""
    path = folder / manifest.CHECKSUMS
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return {line[66:]: line[:64] for line in text.splitlines()}


def read_report(folder: Path) -> ExportReport:
    """The report of a set that lies here. Raises `ExportError` where it is incomplete."""
    try:
        text = (folder / manifest.CHECKSUMS).read_text(encoding="utf-8")
        content = json.loads((folder / index.JSON_NAME).read_text(encoding="utf-8"))
        results = tuple(
            index.result_of(entry, _manifest(folder, entry)) for entry in content["exports"]
        )
        return ExportReport(
            date.fromisoformat(content["as_of"]),
            folder,
            manifest.set_id(text),
            results,
            int(content["unreadable_suppressions"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        raise ExportError(
            f"{folder.name} is missing, incomplete or changed since it was staged. Stage the "
            "exports again: run the job, or `retention exports`."
        ) from None


def _manifest(folder: Path, entry: Mapping[str, str]) -> Mapping[str, object]:
    path = folder / entry["destination"] / entry["audience"] / manifest.NAME
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


@dataclass(frozen=True)
class Taken:
    """An export as it is to stand in a set, and the set that its files come from."""

    result: ExportResult
    source: Path | None = None
    is_link: bool = False
    """Whether the files need not be copied, for that set is going to be removed."""


def compose(report: ExportReport, folder: Path, taken: Iterable[Taken]) -> ExportReport:
    """Make a set of exports of `report` and of others in the new `folder`.

    Raises `ExportError` where a file that is to be taken is missing.
    """
    writer.make_folder(folder)
    sums: dict[str, str] = {}
    results = []
    for one in taken:
        results.append(one.result)
        if one.source is None:
            continue
        own = one.result.export.name + "/"
        for name, digest in read_sums(one.source).items():
            if name.startswith(own):
                writer.make_folder((folder / name).parent)
                _take(one.source / name, folder / name, one.is_link)
                sums[name] = digest
    composed = replace(report, staging_dir=folder, results=tuple(results))
    return replace(composed, set_id=complete(composed, sums))


def _take(source: Path, target: Path, is_link: bool) -> None:
    try:
        if is_link:
            os.link(source, target)
        else:
            shutil.copy2(source, target)
    except OSError:
        raise ExportError(f"{source.name} is missing. Stage the exports again.") from None


def is_whole(folder: Path, pair: tuple[str, str]) -> bool:
    """Whether the files of an audience are all there, none changed, in the set `folder`."""
    own = "/".join(pair) + "/"
    sums = {name: digest for name, digest in read_sums(folder).items() if name.startswith(own)}
    return bool(sums) and all(
        (folder / name).is_file() and _sha256(folder / name) == digest
        for name, digest in sums.items()
    )


def holds(folder: Path, set_id: str, advance: Advance = unwatched) -> bool:
    """Whether `folder` is the complete set `set_id`: every file there, none changed, none added."""
    sums = folder / manifest.CHECKSUMS
    if not sums.is_file() or manifest.set_id(sums.read_text(encoding="utf-8")) != set_id:
        return False
    expected = read_sums(folder)
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    if found != {*expected, manifest.CHECKSUMS}:
        return False
    for done, (name, digest) in enumerate(expected.items()):
        advance(done, len(expected), name)
        if _sha256(folder / name) != digest:
            return False
    advance(len(expected), len(expected), "")
    return True


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
