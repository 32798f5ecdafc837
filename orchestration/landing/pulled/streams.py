"""The stream that fits a source's kind. What a kind needs is imported when it is configured."""

import json

from orchestration.landing.pulled.stream import Stream
from orchestration.landing.sources import Source, SourcesConfig
from orchestration.settings import Settings


def open_stream(config: SourcesConfig, name: str, settings: Settings) -> Stream:
    """Connect to a source that is no file.

    Raises `LandingError` where it cannot be reached or has not what is configured.
    """
    match config.sources[name].kind:
        case kind:
            raise ValueError(f"{kind!r} is no kind of source that is pulled")


def pull_identity(source: Source) -> str:
    """What a pull reads, as text: pages that were read of something else are not gone on with."""
    read = ("kind", "table", "query", "cursor", "key")
    return json.dumps(source.model_dump(mode="json", include=set(read)), sort_keys=True)
