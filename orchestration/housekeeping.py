"""Taking away what can be rebuilt."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from orchestration.run_lock import RunLock
from orchestration.settings import Settings


def remove_rebuildable(settings: Settings) -> Iterator[Path]:
    """Removes the warehouse, dbt's cache and temporary files; yields each path removed.

    Landing, state, quarantine, published snapshots and released exports stay, unless the data
    folder is the demo company's: then everything goes, for its files can be made again.
    """
    with RunLock(settings.data_dir, what="clean"):
        paths = [
            settings.warehouse,
            settings.warehouse.with_name(f"{settings.warehouse.name}.wal"),
            settings.data_dir / "dev.duckdb",
            settings.pulled,
            settings.data_dir / "dbt",
            settings.data_dir / "dbt-dev",
            settings.data_dir / "tmp",
            settings.identity,
        ]
        if settings.is_demo:
            paths += [
                settings.landing,
                settings.quarantine,
                settings.state,
                settings.published,
                settings.exports,
                settings.demo,
            ]
        for path in paths:
            if path.is_dir():
                shutil.rmtree(path)
            elif path.exists():
                path.unlink()
            else:
                continue
            yield path
