"""Pulled deliveries: what comes from a database, a table or an interface instead of a file.

How rows get from there into landing, whatever the kind of source:

1. **A stream per source.** `streams.open_stream` makes the `Stream` (see `stream.py`) that fits a
   source's `kind`: it connects, checks that what is configured exists, and raises `LandingError`
   with one message and a remedy, without secrets, if not. One source is one stream: an interface
   with several endpoints is several sources (such as `crm.contacts` and `crm.deals`), each with
   its own entities.
2. **Pages.** `pulling.pull` iterates `Stream.read(start, resume)`. Every `Page` is an Arrow table:
   the source's columns (format `parquet`), or one column `record` with JSON objects as texts
   (format `jsonl`: typed by the JSON lines reader like any file). An incremental stream gives
   rows in the order of a cursor and one cursor value per row (`Page.cursors`, typed: timestamps,
   dates, numbers; NULL where a row has none). Pages are written to `pulled/source-…/` of the
   data folder, each whole or not at all, with the place where they were read in their metadata.
   When a pull is cut off, the next one goes on: after `Page.resume` where pages have one (a
   page's token, a key), else from the greatest cursor less the lag.
3. **One delivery.** When the stream ends, what is new in the pages becomes one file beside them,
   `delivery.parquet` or `delivery.jsonl`. Rows that were read before and are unchanged (the lag,
   and the overlap of an interrupted reading) are known by a hash of all their values and left out
   (`window.py`). Nothing new: no file.
4. **The ordinary way.** The delivery is landed like any file: batch id from its content, types and
   contracts, quarantine, accounting. In the quarantine `file` is `Stream.name` and `row_key` the
   row's `Stream.key`. A key that a mapping does not give is made of `Stream.key`, so that a changed
   row is a newer version and never a second row.
5. **The cursor.** The ledger's table `pulls` has one row per source and mapping: cursor, known
   rows, number of pulls. It is written in the same transaction as the batches
   (`Ledger.enter_pulled`); the pages are removed after that. So a crash anywhere leaves either the
   old cursor and no batch, or the new cursor and the batch. `pulled/` may be deleted at any time.

A stream that is not incremental is read whole every time, and its newest delivery replaces the
ones before. A changed mapping begins from the start; its first delivery replaces what was landed
under the former mapping.

To add a kind: a module with a function `open_<kind>(...) -> Stream`, imported in `streams.py`
only when such a source is configured, and its settings in `sources.py`.
"""

from orchestration.landing.pulled.pages import PageFolder, room_of
from orchestration.landing.pulled.pulling import Pulled, Watch, pull
from orchestration.landing.pulled.stream import Cursor, Page, Stream

__all__ = ["Cursor", "Page", "PageFolder", "Pulled", "Stream", "Watch", "pull", "room_of"]
