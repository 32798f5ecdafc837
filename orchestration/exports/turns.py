"""In which order exports are made, and the cells of their destinations meanwhile.

Those that contact people come first, in the order of their segments' priorities, where a segment
has a cap: it is shared across destinations. All others are made destination by destination. The
cells of a destination are made once; where turns change between several they stand aside.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import duckdb

from orchestration.exports import caps, cells
from orchestration.exports.destination import Destination
from orchestration.exports.model import SegmentExport, SegmentSettings

Turn = tuple[Destination, SegmentExport]
_TABLES = ("export_cells", "export_shared", "export_digests")


class Turns:
    """Iterates over the exports of `variants`; the tables of `cells` are of the one given last.

    So are `blank_cells`.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        as_of_date: date,
        variants: Mapping[Destination, Sequence[SegmentExport]],
        chosen: Mapping[str, SegmentSettings],
    ) -> None:
        self._connection = connection
        self._as_of_date = as_of_date
        self._turns = _in_order(variants, chosen)
        self._last = {destination: place for place, (destination, _) in enumerate(self._turns)}
        self._numbers = {destination: number for number, destination in enumerate(variants)}
        self._blanks: dict[Destination, Mapping[str, int]] = {}
        self.blank_cells: Mapping[str, int] = {}

    def __iter__(self) -> Iterator[Turn]:
        current = None
        for place, (destination, export) in enumerate(self._turns):
            if destination != current:
                if current and self._last[current] > place:
                    self._rename("", f"_{self._numbers[current]}")
                self._have_cells(destination)
                current = destination
            yield destination, export

    def _have_cells(self, destination: Destination) -> None:
        if destination in self._blanks:
            self._rename(f"_{self._numbers[destination]}", "")
        else:
            cells.make_cells(self._connection, destination, self._as_of_date)
            self._blanks[destination] = cells.blank_cells(self._connection, destination)
        self.blank_cells = self._blanks[destination]

    def _rename(self, suffix: str, new: str) -> None:
        for table in _TABLES:
            self._connection.execute(f"drop table if exists temp.{table}{new}")
            self._connection.execute(f"alter table temp.{table}{suffix} rename to {table}{new}")


def _in_order(
    variants: Mapping[Destination, Sequence[SegmentExport]], chosen: Mapping[str, SegmentSettings]
) -> list[Turn]:
    is_capped = any(one.cap for one in chosen.values())

    def place(turn: Turn) -> tuple[bool, float, str, str]:
        destination, export = turn
        if not (is_capped and destination.contact_channel):
            return True, 0, "", ""
        return False, caps.rank(chosen[export.segment]), export.audience, export.destination

    turns = [(destination, export) for destination, of in variants.items() for export in of]
    return sorted(turns, key=place)
