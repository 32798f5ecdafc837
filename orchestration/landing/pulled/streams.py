"""The stream that fits a source's kind. What a kind needs is imported when one is configured."""

import json
import os
from importlib import import_module
from typing import Protocol, cast

from orchestration.landing.pulled.stream import Stream
from orchestration.landing.sources import Source, SourcesConfig
from orchestration.settings import Settings

_MODULES = {
    "database": "orchestration.landing.pulled.database",
    "table": "orchestration.landing.pulled.duckdb_table",
    "api": "orchestration.landing.api.stream",
}
"""Kind → the module whose `open_stream` opens it."""


class _Opens(Protocol):
    def open_stream(self, config: SourcesConfig, name: str, settings: Settings) -> Stream: ...


def open_stream(config: SourcesConfig, name: str, settings: Settings) -> Stream:
    """Connect to a source that is no file.

    Raises `LandingError` where it cannot be reached or has not what is configured.
    """
    _quieten_dlt(settings)
    module = cast(_Opens, import_module(_MODULES[config.sources[name].kind]))
    return module.open_stream(config, name, settings)


def pull_identity(source: Source) -> str:
    """What a pull reads, as text: pages that were read of something else are not gone on with."""
    read = {
        "kind", "table", "query", "cursor", "key", "preset", "stream", "settings", "types",
    }  # fmt: skip
    return json.dumps(source.model_dump(mode="json", include=read), sort_keys=True)


def _quieten_dlt(settings: Settings) -> None:
    """dlt reports to nobody and writes nothing outside the data folder; it asks the environment."""
    home = str(settings.data_dir / "tmp" / "dlt")
    os.environ.update(
        DLT_DATA_DIR=home,
        DLT_PROJECT_DIR=home,
        RUNTIME__DLTHUB_TELEMETRY="false",
        RUNTIME__LOG_LEVEL="CRITICAL",  # its warnings are of types that are handled here
    )
