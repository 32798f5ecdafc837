"""The one error of this room, and what of a database's message may be repeated in it."""

import duckdb


class PublishError(RuntimeError):
    """Nothing was published, the former snapshot is still in place; the message says why."""


_HARMLESS = (
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.TransactionException,
    duckdb.FatalException,
    duckdb.BinderException,
    duckdb.CatalogException,
)


def describe(error: Exception) -> str:
    """The message of `error`, where it can only name files, tables and columns.

    Conversion errors and the like quote the value that they stumbled over, and a view of the
    quality schema may read landed rows: of those only the kind is told.
    """
    if isinstance(error, duckdb.Error) and not isinstance(error, _HARMLESS):
        return f"{type(error).__name__} (its message may quote values and is not repeated)"
    return str(error)
