"""`destinations.yml`: every mistake is one clear message with its line."""

import re
from pathlib import Path

import pytest

from orchestration.exports.destination_settings import DestinationSettings, load
from orchestration.settings import REPOSITORY, Settings, SettingsError

KEY = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"


def of(folder: Path, text: str, **environment: str) -> DestinationSettings:
    """What is set for generic_csv."""
    (folder / "destinations.yml").write_text(text)
    return load(Settings(folder, folder / "sources.yml"), environment)["generic_csv"]


def test_without_a_file_everything_is_as_it_comes(tmp_path: Path) -> None:
    found = load(Settings(tmp_path, tmp_path / "sources.yml"), {})
    assert all(one == DestinationSettings() for one in found.values())
    assert found["generic_csv"].is_automatic


def test_the_example_of_readme_is_what_it_says(tmp_path: Path) -> None:
    readme = (REPOSITORY / "README.md").read_text()
    example = re.search(r"```yaml\n(destinations:\n.*?)```", readme, re.DOTALL)
    assert example
    of(tmp_path, example[1])
    found = load(Settings(tmp_path, tmp_path / "sources.yml"), {})
    assert found["mailchimp"].encrypt_to
    assert found["mailchimp"].deliver
    assert not found["mailchimp"].is_automatic
    assert found["google_customer_match"].refuse_countries == ("RU",)
    assert found["meta_customer_list"].paused


def test_a_destination_has_what_is_set_for_it(tmp_path: Path) -> None:
    text = f"""
destinations:
  generic_csv:
    release: manual
    refuse_countries: [RU, NO]
    headers: {{email: Email Address}}
    options: {{delimiter: ";"}}
    deliver: {{url: "sftp://host/in", storage_options: {{password: "${{SECRET}}"}}}}
    encrypt_to: {KEY}
"""
    found = of(tmp_path, text, SECRET="hidden")  # noqa: S106
    assert found.refuse_countries == ("NO", "RU")
    assert found.deliver
    assert found.deliver.storage_options == {"password": "hidden"}
    assert (found.headers, found.options) == ({"email": "Email Address"}, {"delimiter": ";"})
    assert not found.is_automatic


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("generic_cvs: {}", "line 2: unknown destination 'generic_cvs'. Did you mean 'generic_csv"),
        ("generic_csv: {pause: true}", "line 2: unknown key 'pause'. Did you mean 'paused'?"),
        ("generic_csv: {release: auto}", "line 2: 'release' = 'auto': Input should be 'automatic'"),
        ("generic_csv: {deliver: {url: here}}", "line 2: 'url': String should match"),
        ("generic_csv: {deliver: {url: 'http://hooks.example'}}", "Use https:// or sftp://"),
        ("generic_csv: {deliver: {uri: s3://a}}", "unknown key 'uri'. Did you mean 'url'?"),
        ("generic_csv: {deliver: {}}", "line 2: 'url' is missing"),
        ("generic_csv: {refuse_countries: [Russia]}", "Russia: no country"),
        ("generic_csv: {refuse_countries: [RU], only_countries: [DE]}", "not both"),
        ("generic_csv: {encrypt_to: age1x}", "no public key of age"),
        (f"generic_csv: {{encrypt_to: {KEY}}}", "Add `deliver:`"),
        ("generic_csv: {max_change: 0}", "'max_change' = 0: Input should be greater than 0"),
        ("generic_csv: {deliver: {url: '${NOWHERE}'}}", "variable NOWHERE is not defined"),
        ("generic_csv: automatic", "has to hold indented"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        of(tmp_path, f"destinations:\n  {text}\n")
    assert "destinations.yml" in str(caught.value)
    assert message in str(caught.value)


def test_a_message_does_not_repeat_what_may_be_secret(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        of(tmp_path, "destinations:\n  generic_csv: {deliver: {url: 'me:pass@host'}}\n")
    assert "pass" not in str(caught.value)


def test_a_file_that_is_named_has_to_be_there(tmp_path: Path) -> None:
    settings = Settings(
        tmp_path, tmp_path / "sources.yml", named_destinations=tmp_path / "mine.yml"
    )
    with pytest.raises(SettingsError, match="RETENTION_DESTINATIONS names"):
        load(settings, {})
