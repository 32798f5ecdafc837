"""Resolving what has really landed: only when something changed, whole or not at all."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import duckdb
import pytest

from orchestration.identity import Rules, create_views, registry, resolve, tables
from orchestration.identity.overrides import Override
from orchestration.settings import REPOSITORY, Settings
from tests.unit.landing.conftest import Company

SOURCES = """
sources:
  crm:
    kind: file
    path: crm*.csv
    entities:
      customers: {columns: {customer_id: id, email: mail, phone: phone, country: "'DE'"}}
  web:
    kind: file
    path: web*.csv
    customer_ids: web
    entities:
      customers: {columns: {customer_id: id, email: mail}}
      orders: {columns: {order_id: order, ordered_at: at, customer_id: id, email: mail}}
"""
WEB = "id,mail,order,at\n1,anna@example.com,o1,2026-01-01\n,guest@example.com,o2,2026-01-02\n"


def made(folder: Path) -> Company:
    company = Company(folder)
    company.sources(SOURCES)
    company.write(
        "crm1.csv", "id,mail,phone\n1,Anna@Example.com,\n2,guest@example.com,030 12345678\n"
    )
    company.write("web1.csv", WEB.replace(",guest", "9,guest").replace("o2", "o9"))
    company.land()
    return company


def table(settings: Settings, name: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        create_views(connection, settings)
        return connection.execute(f"from identity.{name} order by all").fetchall()


def keys(company: Company) -> dict[str, int]:
    return dict(table(company.settings, "customer_keys"))


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that was resolved, and into which more has landed since."""
    company = made(tmp_path_factory.mktemp("twice"))
    resolve(company.settings, Rules())
    company.write("crm2.csv", "id,mail,phone\n0,,+49 30 12345678\n1,guest@example.com,\n")
    company.write("web2.csv", WEB)
    company.land()
    return company.settings.data_dir


def test_sources_with_their_own_numbers_meet_by_address(tmp_path):
    company = made(tmp_path)
    found = resolve(company.settings, Rules())
    assert (found.identities, found.customers, found.is_new) == (4, 2, True)
    assert keys(company) == {"1": 1, "2": 2, "web:1": 1, "web:9": 2}
    assert stat.S_IMODE(company.settings.identity.stat().st_mode) == 0o700


def test_nothing_is_done_twice(tmp_path, monkeypatch):
    company = made(tmp_path)
    first = resolve(company.settings, Rules())
    with monkeypatch.context() as watched:
        watched.setattr(duckdb, "connect", None)
        again = resolve(company.settings, Rules())
    assert not again.is_new
    assert (again.identities, again.customers, again.links) == (4, 2, first.links)


def test_whatever_the_result_depends_on_resolves_anew(tmp_path):
    company = made(tmp_path)

    def customers(rules: Rules) -> int:
        found = resolve(company.settings, rules)
        assert found.is_new
        assert not resolve(company.settings, rules).is_new
        return found.customers

    assert customers(Rules()) == 2
    assert customers(Rules(max_shared_identity=1)) == 4
    assert customers(Rules(overrides=(Override("1", "2", "join", "x", 2),))) == 1
    assert customers(Rules(guards={("email", "anna@example.com"): "x"})) == 3
    for part in registry.parts(company.settings):
        part.unlink()
    assert customers(Rules()) == 2
    tables.path_of(company.settings, "customer_links").unlink()
    assert customers(Rules()) == 2
    company.write("crm2.csv", "id,mail,phone\n3,,\n")
    company.land()
    assert customers(Rules()) == 3


def test_decisions_about_people_never_met_are_told(tmp_path):
    company = made(tmp_path)
    rules = Rules(
        overrides=(Override("1", "7", "join", "x", 2), Override("1", "2", "split", "x", 3))
    )
    for _ in range(2):
        found = resolve(company.settings, rules)
        assert found.unknown_overrides == ("seeds/identity_overrides.csv line 2",)


@pytest.mark.parametrize(
    ("place", "step"),
    [("module.registry", "add_part"), ("module.tables", "write_tables"), ("module", "_count")],
)
def test_a_killed_process_leaves_state_from_which_the_same_comes(tmp_path, twice, place, step):
    """Killed before the registry is written, between registry and tables, and before the end."""
    killed = Settings(tmp_path / "data", tmp_path / "none")
    shutil.copytree(twice, killed.data_dir)
    program = f"""
        import importlib, os
        from pathlib import Path
        from orchestration.identity import Rules, resolve
        from orchestration.settings import Settings
        module = importlib.import_module("orchestration.identity.resolve")
        setattr({place}, "{step}", lambda *_, **__: os._exit(9))
        resolve(Settings(Path({str(killed.data_dir)!r}), Path("none")), Rules())
    """
    done = subprocess.run(
        [sys.executable, "-c", dedent(program)], cwd=REPOSITORY, check=False, env=dict(os.environ)
    )
    assert done.returncode == 9
    whole = Settings(tmp_path / "whole", tmp_path / "none")
    shutil.copytree(twice, whole.data_dir)
    for settings in (whole, killed):
        resolve(settings, Rules())
    assert table(killed, "customer_keys") == table(whole, "customer_keys") == [
        ("0", 1), ("1", 1), ("2", 1), ("guest:o2", 1), ("web:1", 1), ("web:9", 1),
    ]  # fmt: skip
    changes = table(whole, "customer_key_changes")
    assert table(killed, "customer_key_changes") == changes
    assert len(changes) == 2


def test_landing_and_state_are_enough(tmp_path):
    company = made(tmp_path)
    resolve(company.settings, Rules())
    before = keys(company)
    for file in company.settings.identity.iterdir():
        file.unlink()
    resolve(company.settings, Rules())
    assert keys(company) == before
