"""Exclusion audiences: whoever is held out must not be reached by an advertisement either.

A look-alike or broad campaign would find them. So each audience of a channel that contacts nobody
itself has, where some are held out of it, a second one of these, for the channel to exclude.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from orchestration.exports.destination import Destination
from orchestration.exports.model import Kind, SegmentExport


def exclusion(export: SegmentExport) -> SegmentExport:
    """The audience of those who are held out of `export`; its code is as neutral."""
    audience = export.audience
    return replace(
        export,
        audience=f"{audience}_x",
        kind=Kind.EXCLUSION,
        description_en=f"Exclusion: who is held out of {audience}. Exclude them from its "
        "campaigns, or their effect cannot be measured.",
        description_ru=f"Исключение: контрольная группа {audience}. Исключите её из кампаний этой "
        "аудитории, иначе их эффект нельзя измерить.",
    )


def with_exclusions(
    exports: Iterable[SegmentExport], destinations: Mapping[str, Destination]
) -> Iterator[SegmentExport]:
    """`exports`, and each exclusion audience that there would be were some held out."""
    for export in exports:
        yield export
        if destinations[export.destination].contact_channel is None:
            yield exclusion(export)
