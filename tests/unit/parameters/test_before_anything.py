"""Every way into a run checks the settings before it does anything: Dagster calls these stages."""

from collections.abc import Callable
from typing import Any

import pytest

from orchestration import stages
from orchestration.settings import Settings, SettingsError


@pytest.mark.parametrize(
    "stage",
    [
        stages.land_sources,
        stages.build_warehouse,
        lambda settings: stages.develop(settings, ["build", "--vars", "{small_base: -1}"]),
    ],
    ids=["land", "build", "dbt"],
)
def test_a_stage_does_nothing_with_bad_settings(
    stage: Callable[[Settings], Any], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def refuse(**given: object) -> None:
        asked.append(given)
        raise SettingsError("small_base is -1")

    monkeypatch.setattr(stages, "check_settings", refuse)
    with pytest.raises(SettingsError, match="small_base is -1"):
        stage(Settings(tmp_path, tmp_path / "sources.yml"))
    assert asked in ([{}], [{"overrides": {"small_base": -1}}])
    assert not list(tmp_path.iterdir())
