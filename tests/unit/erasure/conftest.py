"""A small company whose files tests write themselves, landed and resolved."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.files import private_folder
from orchestration.identity import load_rules, resolve
from orchestration.landing import SourcesConfig, land, load_sources
from orchestration.settings import Settings

SOURCES = """
sources:
  crm:
    kind: file
    path: {inbox}/customers_*.csv
    max_rejected_share: 1
    timezone: UTC
    entities:
      customers:
        columns: {{customer_id: id, email: email, phone: phone, first_name: name, country: country,
                  birth_date: born, updated_at: updated}}
  shop:
    kind: file
    path: {inbox}/orders_*.csv
    timezone: UTC
    entities:
      orders:
        columns: {{order_id: number, customer_id: customer, email: email, ordered_at: day,
                  gross_amount: total, currency: "'EUR'"}}
  objections:
    kind: file
    path: {inbox}/objections_*.csv
    timezone: UTC
    entities:
      suppressions:
        columns: {{identifier: who, recorded_at: day}}
"""

CUSTOMERS = """id,email,phone,name,country,born,updated,note
K-00017,Anna.Berg@Example.com,+49 171 2345678,Anna,DE,1980-02-03,2025-01-01,likes tea
K-00018,anna.berg@example.com,,Anna B,DE,1980-02-03,2025-02-01,
K-00019,johanna.berg@example.com,+49 171 8765432,Johanna,DE,1970-01-01,2025-01-01,a friend
K-00020,anna.berg@example.com,,Anna C,DE,31.31.1980,2025-03-01,
"""
ORDERS = """number,customer,email,day,total
1,K-00017,,2025-01-05,10.50
2,K-00019,johanna.berg@example.com,2025-01-06,20.00
3,,anna.berg@example.com,2025-02-06,30.25
"""
OBJECTIONS = """who,day
anna.berg@example.com,2025-03-01
"""


class Company:
    """A data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(folder, folder / "sources.yml")
        self.inbox = folder / "inbox"
        self.inbox.mkdir(parents=True)
        self.settings.sources_file.write_text(SOURCES.format(inbox=self.inbox))

    def deliver(self, **files: str) -> "Company":
        """Put files into the inbox and land them."""
        for name, text in files.items():
            (self.inbox / f"{name}.csv").write_text(text)
        for room in (self.settings.landing, self.settings.quarantine, self.settings.state):
            private_folder(room)
        land(self.config(), self.settings, lambda _event: None)
        return self

    def config(self) -> SourcesConfig:
        """What `sources.yml` says now."""
        return load_sources(self.settings.sources_file, {})

    def resolve(self) -> "Company":
        """Give keys to all customers."""
        resolve(self.settings, load_rules())
        return self


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company of three persons, one of them with two records and a guest's order."""
    company = Company(tmp_path_factory.mktemp("template") / "company")
    company.deliver(customers_1=CUSTOMERS, orders_1=ORDERS, objections_1=OBJECTIONS).resolve()
    return company.settings.data_dir


@pytest.fixture
def make_company(tmp_path: Path, template: Path) -> Callable[[str], Company]:
    """Makes copies of the template."""

    def make(name: str) -> Company:
        company = Company(tmp_path / name)
        sources = company.settings.sources_file.read_text()
        shutil.copytree(template, tmp_path / name, dirs_exist_ok=True)
        company.settings.sources_file.write_text(sources)
        for kept in company.settings.landing.rglob("rejected.parquet"):
            shown = company.settings.quarantine / kept.relative_to(company.settings.landing)
            shown.unlink()
            shown.hardlink_to(kept)
        return company

    return make


@pytest.fixture
def company(make_company: Callable[[str], Company]) -> Company:
    return make_company("company")


@pytest.fixture(autouse=True)
def no_power_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is synced: quicker."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)
