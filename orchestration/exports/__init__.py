"""Segment files for marketing channels: the gate, the normalisers, the files and their release.

`stage_exports` writes and checks a complete set aside; `release_exports` makes it the one that
`exports/latest` shows. A destination is one module in `destinations/`.
"""

from orchestration.exports.destination import Destination, Field, FileClass, Permission
from orchestration.exports.destinations import DESTINATIONS
from orchestration.exports.model import (
    Counts,
    ExportError,
    ExportReport,
    ExportResult,
    SegmentExport,
    State,
)
from orchestration.exports.release import release_exports
from orchestration.exports.stage import stage_exports

__all__ = [
    "DESTINATIONS",
    "Counts",
    "Destination",
    "ExportError",
    "ExportReport",
    "ExportResult",
    "Field",
    "FileClass",
    "Permission",
    "SegmentExport",
    "State",
    "release_exports",
    "stage_exports",
]
