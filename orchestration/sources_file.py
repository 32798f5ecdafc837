"""Which `sources.yml` is in force: the company's own, or the demo company's."""

from pathlib import Path

from orchestration.settings import Settings, SettingsError

DEMO_SOURCES = Path(__file__).parent / "demo" / "sources.yml"


def has_own_sources(settings: Settings) -> bool:
    """Whether a `sources.yml` is configured. Raises `SettingsError` where real data were landed
    but the file is gone: the demo must never mix with them.
    """
    if settings.sources_file.exists():
        if settings.is_demo:
            raise SettingsError(
                f"{settings.data_dir} holds the demo company, whose customers must not mix with "
                f"yours. Start in an empty data folder: name another one in RETENTION_DATA_DIR, or "
                f"run `make clean` and put {settings.sources_file.name} back."
            )
        return True
    if settings.sources_file != settings.data_dir / "sources.yml":
        raise SettingsError(
            f"RETENTION_SOURCES names {settings.sources_file}, which does not exist."
        )
    if _was_anything_landed(settings) and not settings.is_demo:
        raise SettingsError(
            f"{settings.sources_file} is missing, but data were landed with it before. Put it "
            "back, or name it in RETENTION_SOURCES."
        )
    return False


def sources_file(settings: Settings) -> Path:
    """The file to land from."""
    return settings.sources_file if has_own_sources(settings) else DEMO_SOURCES


def _was_anything_landed(settings: Settings) -> bool:
    return settings.landing.exists() and any(settings.landing.glob("*/batch=*"))
