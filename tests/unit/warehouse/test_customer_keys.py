"""The registry of customer keys: given once, never again, and the same for the same landing."""

from pathlib import Path

import duckdb
import pytest

from orchestration.entities import ENTITIES
from orchestration.settings import Settings
from orchestration.warehouse.customer_keys import register_customers


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, tmp_path / "sources.yml")


def _landed(orders: list[str], customers: list[str]) -> duckdb.DuckDBPyConnection:
    """A warehouse with landing views that give these customer ids."""
    connection = duckdb.connect()
    connection.execute("create schema landing")
    given = {"orders": orders, "customers": customers}
    for entity in ENTITIES.values():
        names = [c.name for c in entity.columns if c.name in {"customer_id", "referrer_id"}]
        columns = ", ".join(f"{name} varchar" for name in names) or "nothing integer"
        connection.execute(f"create table landing.{entity.name} ({columns})")
        for value in given.get(entity.name, []):
            connection.execute(
                f"insert into landing.{entity.name} (customer_id) values ('{value}')"
            )
    return connection


def _keys(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    rows = connection.execute("select customer_id, customer_key from landing._customer_keys")
    return dict(rows.fetchall())


def test_new_customers_are_numbered_in_the_order_of_their_ids(settings: Settings) -> None:
    connection = _landed(orders=["c", "a", "a"], customers=["b"])
    assert register_customers(connection, settings) == 3
    assert _keys(connection) == {"a": 1, "b": 2, "c": 3}


def test_a_key_once_given_stays_when_customers_come_between(settings: Settings) -> None:
    register_customers(_landed(orders=["b", "d"], customers=[]), settings)
    later = _landed(orders=["a", "b", "c", "d"], customers=[])
    assert register_customers(later, settings) == 2
    assert _keys(later) == {"b": 1, "d": 2, "a": 3, "c": 4}


def test_a_key_stays_when_its_customer_is_gone_for_a_while(settings: Settings) -> None:
    register_customers(_landed(orders=["a", "b"], customers=[]), settings)
    register_customers(_landed(orders=["b"], customers=[]), settings)
    back = _landed(orders=["a", "b", "c"], customers=[])
    register_customers(back, settings)
    assert _keys(back) == {"a": 1, "b": 2, "c": 3}


def test_registering_twice_adds_nothing(settings: Settings) -> None:
    connection = _landed(orders=["a"], customers=[])
    register_customers(connection, settings)
    assert register_customers(connection, settings) == 0
    assert len(list((settings.state / "customer_keys").iterdir())) == 1
