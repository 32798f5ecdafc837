"""Which of several versions of a row the warehouse shows, whatever order the deliveries came in."""

from pathlib import Path

import duckdb

from orchestration.settings import Settings
from orchestration.stages import land_sources
from tests.integration.conftest import retention

SOURCES = """
sources:
  shop:
    kind: file
    path: inbox
    entities:
      orders:
        columns: {order_id: id, ordered_at: at, gross_amount: gross, updated_at: updated}
"""
HEADER = "id,at,gross,updated\n"


def test_updated_at_decides_then_the_delivery_then_the_row(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "sources.yml").write_text(SOURCES)
    first = (
        "1,2024-01-01,10,2024-01-05\n"
        "2,2024-01-01,10,\n"
        "3,2024-01-01,10,2024-01-02\n"
        "3,2024-01-01,11,2024-01-02\n"
        "5,2024-01-01,10,2024-01-02\n"
    )
    second = (
        "1,2024-01-01,20,2024-01-04\n"
        "2,2024-01-01,20,\n"
        "4,2019-06-01,20,\n"
        "5,2024-01-01,20,2024-01-02\n"
        "5,2024-01-01,21,2024-01-01\n"
    )
    settings = Settings(tmp_path, tmp_path / "sources.yml")
    # The later delivery comes first by its name: what counts is when it came.
    for name, content in (("b.csv", first), ("a.csv", second), ("b again.csv", first)):
        (tmp_path / "inbox" / name).write_text(HEADER + content)
        land_sources(settings)

    day = {"RETENTION_AS_OF_DATE": "2024-01-31"}  # when all of this was known
    built = retention(tmp_path, "dbt", "build", "--select", "+stg_orders", **day)

    assert built.exit_code == 0, built.output + built.errors
    with duckdb.connect(str(tmp_path / "dev.duckdb"), read_only=True) as connection:
        staged = connection.execute(
            "select order_id, gross_amount::int from staging.stg_orders order by order_id"
        ).fetchall()
        landed = connection.execute("select count(*) from landing.orders").fetchone()
    assert staged == [("1", 10), ("2", 20), ("3", 11), ("4", 20), ("5", 20)]
    assert landed == (10,), "all versions stay"
