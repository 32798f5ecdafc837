"""CONTRIBUTING's example of a destination is run as it stands there."""

from __future__ import annotations

import json
import re
import types
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orchestration.exports import DESTINATIONS, destination_settings, index, page, stage

if TYPE_CHECKING:
    from conftest import Warehouse

PAGE = Path(__file__).parents[3] / "CONTRIBUTING.md"


def blocks() -> list[str]:
    section = PAGE.read_text().partition("## Add a destination\n")[2].partition("\n## ")[0]
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)


def test_the_example_destination_and_its_test_run(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, test = blocks()
    made = types.ModuleType("postcards")
    exec(module, made.__dict__)  # noqa: S102 - our own page
    known = {**DESTINATIONS, "postcards": made.DESTINATION}
    for place in (stage, destination_settings, index, page):
        monkeypatch.setattr(place, "DESTINATIONS", known, raising=False)

    from tests.unit.exports.destinations import conftest as channels  # noqa: PLC0415

    monkeypatch.setattr(channels, "DESTINATIONS", known)
    names: dict[str, object] = {"Channel": channels.Channel}
    exec(test.replace("from conftest import Channel\n", ""), names)  # noqa: S102
    run = names["test_header_and_a_row"]
    assert callable(run)
    run(channels.Channel(warehouse, monkeypatch))


def test_it_shows_what_the_text_says() -> None:
    module, _ = blocks()
    assert json.dumps("postcards") in module
    assert "orchestration/exports/destinations/postcards.py" in PAGE.read_text()
