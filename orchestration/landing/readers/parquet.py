"""Parquet: stays in its file; DuckDB reads it as often as needed, only the columns needed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from orchestration.landing.errors import LandingError
from orchestration.landing.plan import FilePlan
from orchestration.landing.readers.base import Frame, Piece, Scratch
from orchestration.sql import count, literal, quoted


class ParquetReader:
    """A Parquet file; raises `LandingError` where it is none or is cut off."""

    bytes_read = 0

    def __init__(self, path: Path, name: str, connection: duckdb.DuckDBPyConnection) -> None:
        self._path, self._connection = path, connection
        try:
            described = connection.execute(
                f"describe select * from "
                f"read_parquet({literal(str(path))}, binary_as_string = true)"
            ).fetchall()
            self._rows = count(
                connection, f"select num_rows from parquet_file_metadata({literal(str(path))})"
            )
        except duckdb.Error as error:
            raise LandingError(
                f"{name}: is not a whole Parquet file ({str(error).splitlines()[0]}). "
                "Have it delivered again."
            ) from error
        self._stored = {str(row[0]): str(row[1]) for row in described}
        self.columns = tuple(self._stored)

    def sample(self) -> pa.Table | None:
        """None: the file says its types."""
        return None

    def first_texts(self, rows: int) -> pa.Table | None:
        """The first values of the columns of texts, JSON among them; None where there are none."""
        texts = [name for name, stored in self._stored.items() if stored in ("VARCHAR", "JSON")]
        if not texts:
            return None
        columns = ", ".join(f"cast({quoted(name)} as VARCHAR) as {quoted(name)}" for name in texts)
        return self._connection.execute(
            f"select {columns} from read_parquet({literal(str(self._path))}, "
            f"binary_as_string = true) limit {rows}"
        ).to_arrow_table()

    def stored_types(self) -> Mapping[str, str]:
        """The DuckDB types of the columns."""
        return self._stored

    def pieces(self, plan: FilePlan) -> Iterator["UnreadParquet"]:
        """The whole file, as one piece."""
        yield UnreadParquet(self._path, self._stored, self._rows)


@dataclass(frozen=True)
class UnreadParquet:
    """A whole file; `rows` is the count in its footer."""

    path: Path
    stored: Mapping[str, str]
    rows: int

    def read(self, plan: FilePlan, scratch: Scratch) -> Piece:
        """The file as a frame; a record's number is its place in the file, from 1."""
        dialect = replace(plan.dialect, points_too=True)
        return Piece(
            0, self.rows, (Frame(self.path, self.stored, dialect, self.rows, may_have_blanks=True),)
        )
