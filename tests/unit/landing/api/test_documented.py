"""docs/presets.md: its examples work, and it names what every preset needs and gives."""

import re
from pathlib import Path

import pytest

from orchestration.landing import load_sources
from orchestration.landing.api.preset import load_preset, preset_names

TEXT = (Path(__file__).parents[4] / "docs" / "presets.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
LOGIN = {"SHOPIFY_ACCESS_TOKEN": "shpat_1", "HUBSPOT_ACCESS_TOKEN": "pat-1"}


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_is_read(text, tmp_path):
    path = tmp_path / "sources.yml"
    path.write_text(text, encoding="utf-8")
    config = load_sources(path, LOGIN)
    assert all(source.kind == "api" for source in config.sources.values())
    changed = config.sources["crm.contacts"].entities["customers"]
    if "loyalty_tier" in text:
        assert changed.columns["service_tier"] == "properties.loyalty_tier"
        assert "crm.meetings" not in config.sources
        assert "consents" not in config.sources["crm.contacts"].entities


@pytest.mark.parametrize("preset", preset_names())
def test_a_preset_s_needs_are_named(preset):
    declared = load_preset(preset)
    section = re.search(rf"\n## {declared.title}\n(.*?)(\n## |\Z)", TEXT, re.DOTALL)
    assert section
    for access in declared.access:
        for variable in access.credentials.values():
            assert f"`{variable}`" in section[1]
    for setting in declared.settings:
        assert f"`{setting}`" in section[1]
    for stream in declared.streams.values():
        for entity in stream.entities:
            assert f"`{entity}`" in section[1], entity
    assert f"{declared.requests_per_second:g} requests a second" in " ".join(section[1].split())
