"""Settings come from the environment once, and unusable ones say what to do."""

from datetime import date
from pathlib import Path

import pytest

from orchestration.settings import Settings, SettingsError
from orchestration.sources_file import DEMO_SOURCES, sources_file


def test_the_rooms_of_the_data_folder(tmp_path: Path) -> None:
    settings = Settings.from_environment({"RETENTION_DATA_DIR": str(tmp_path)})
    assert settings.sources_file == tmp_path / "sources.yml"
    assert settings.warehouse == tmp_path / "warehouse.duckdb"
    assert settings.as_of_date is None


def test_the_day_to_describe_can_be_set() -> None:
    settings = Settings.from_environment({"RETENTION_AS_OF_DATE": "2025-12-31"})
    assert settings.as_of_date == date(2025, 12, 31)


def test_a_day_that_is_none_says_how_to_write_it() -> None:
    with pytest.raises(SettingsError, match=r"'31\.12\.2025'.*YYYY-MM-DD"):
        Settings.from_environment({"RETENTION_AS_OF_DATE": "31.12.2025"})


def test_without_sources_the_demo_company_is_the_source(tmp_path: Path) -> None:
    assert sources_file(Settings(tmp_path, tmp_path / "sources.yml")) == DEMO_SOURCES


def test_own_sources_never_mix_with_the_demo_company(tmp_path: Path) -> None:
    (tmp_path / "sources.yml").touch()
    (tmp_path / "demo").mkdir()
    with pytest.raises(SettingsError, match="must not mix"):
        sources_file(Settings(tmp_path, tmp_path / "sources.yml"))


def test_the_demo_company_never_mixes_with_landed_data(tmp_path: Path) -> None:
    (tmp_path / "landing" / "orders" / "batch=0123").mkdir(parents=True)
    with pytest.raises(SettingsError, match="is missing, but data were landed"):
        sources_file(Settings(tmp_path, tmp_path / "sources.yml"))


def test_a_configured_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"elsewhere\.yml, which does not exist"):
        sources_file(Settings(tmp_path, tmp_path / "elsewhere.yml"))
