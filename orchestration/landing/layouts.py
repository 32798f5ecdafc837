"""How the columns of a file were read: kept with its rejected records.

Corrected records come without the file they belong to, and a few of them do not tell what type a
column has that only expressions use. With its layout they are read as the file was.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

LAYOUT_KEY = "layout"
"""The key in the metadata of a quarantine file."""


@dataclass(frozen=True)
class Layout:
    """`format` of the file; `types`: source column → the contract type that it was given, None
    where it kept what the file declares; `stored`: the DuckDB types that the file declares;
    `unexpected`: the columns in which its contract allowed no value."""

    format: str = "csv"
    types: Mapping[str, str | None] = field(default_factory=dict)
    stored: Mapping[str, str] = field(default_factory=dict)
    unexpected: Sequence[str] = ()

    def to_json(self) -> str:
        """As it stands in the metadata."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, path: Path) -> "Layout":
        """The layout in a quarantine file; an empty one where it says none."""
        written = (pq.read_schema(path).metadata or {}).get(LAYOUT_KEY.encode())
        return cls(**json.loads(written)) if written else cls()
