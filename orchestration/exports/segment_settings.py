"""What marketing sets per segment: holdout, frequency cap and priority.

Reads `segments.segment_settings` (a seed): `segment`, `holdout_bps`, `salt_id`, `cap`, `cap_days`,
`cap_counts` and `priority`.
"""

from collections.abc import Mapping

import duckdb

from orchestration.exports.model import Cap, ExportError, Holdout, SegmentSettings

HOLDOUT_BUCKETS = 10_000
_ALL_CHANNELS, _OWN_CHANNEL = "all_channels", "own_channel"
_SETTINGS = """
    select segment, coalesce(cast(holdout_bps as bigint), 0),
        nullif(trim(cast(salt_id as varchar)), ''), cast(cap as bigint), cast(cap_days as bigint),
        nullif(trim(cast(cap_counts as varchar)), ''), cast(priority as bigint)
    from segments.segment_settings
"""
_RELATIONS = """
    select table_name from duckdb_tables()
    where database_name = current_database() and schema_name = 'segments'
    union all
    select view_name from duckdb_views()
    where database_name = current_database() and schema_name = 'segments'
"""


def read_settings(connection: duckdb.DuckDBPyConnection) -> Mapping[str, SegmentSettings]:
    """Settings by segment; a segment that the table does not name has none.

    Raises `ExportError` where the table or a column is missing, and for a segment that does not
    exist or stands twice, a share outside 0–10000 or without a salt, a cap without days or one that
    counts what is unknown.
    """
    relations = {name for (name,) in connection.execute(_RELATIONS).fetchall()}
    try:
        rows = connection.execute(_SETTINGS).fetchall()
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise ExportError(f"segments.segment_settings cannot be read: {error}") from error
    found: dict[str, SegmentSettings] = {}
    for segment, bps, salt, cap, days, counts, priority in rows:
        if segment in found:
            raise ExportError(f"segments.segment_settings names the segment {segment!r} twice.")
        if segment not in relations:
            raise ExportError(
                f"segments.segment_settings names the segment {segment!r}, which does not exist. "
                "Correct the name or take the row out."
            )
        found[segment] = SegmentSettings(
            _holdout(segment, bps, salt), _cap(segment, cap, days, counts), priority
        )
    return found


def _holdout(segment: str, bps: int, salt: str | None) -> Holdout:
    if not 0 <= bps <= HOLDOUT_BUCKETS or (bps and not salt):
        raise ExportError(
            f"segments.segment_settings: segment {segment!r} has holdout_bps {bps} and salt_id "
            f"{salt!r}. Give 0 to {HOLDOUT_BUCKETS} (hundredths of a percent), and a salt_id with "
            "it."
        )
    return Holdout(salt, bps) if bps else Holdout()


def _cap(segment: str, contacts: int | None, days: int | None, counts: str | None) -> Cap | None:
    if counts not in (None, _ALL_CHANNELS, _OWN_CHANNEL):
        raise ExportError(
            f"segments.segment_settings: segment {segment!r} has cap_counts {counts!r}. Give "
            f"{_ALL_CHANNELS} or {_OWN_CHANNEL}, or nothing for {_ALL_CHANNELS}."
        )
    if contacts is None and days is None:
        return None
    if contacts is None or days is None or contacts < 1 or days < 1:
        raise ExportError(
            f"segments.segment_settings: segment {segment!r} has cap {contacts} and cap_days "
            f"{days}. Give both, from 1 on, or neither."
        )
    return Cap(contacts, days, across_channels=counts != _OWN_CHANNEL)
