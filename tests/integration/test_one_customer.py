"""The same person in the CRM, in the shop and as a guest is one customer, from files to marts."""

from pathlib import Path

import pytest

from tests.integration.conftest import Run
from tests.integration.copies import copy_project, run_copy

SOURCES = """
sources:
  crm:
    kind: file
    path: crm.csv
    entities:
      customers:
        columns: {customer_id: id, first_name: first, last_name: last, email: mail, phone: phone,
                  street: street, postal_code: code, country: "'DE'", merged_into_id: into,
                  updated_at: changed}
  till:
    kind: file
    path: till.csv
    entities:
      orders:
        columns: {order_id: number, customer_id: card, ordered_at: at, gross_amount: sum}
  web:
    kind: file
    path: web.csv
    customer_ids: web
    entities:
      orders:
        columns: {order_id: number, customer_id: buyer, ordered_at: at, gross_amount: sum,
                  email: mail, phone: phone, country: "'DE'"}
"""
CRM = """\
id,first,last,mail,phone,street,code,into,changed
1,Anna,Schmidt,anna@example.com,,Hauptstr. 1,10115,,2026-01-01
2,Ben,Schmidt,ben@example.com,+49 30 6543217,Hauptstr 1,10115,,2026-01-01
3,Carla,Weber,carla@example.com,,Ring 5,20095,,2026-01-01
4,Carla,Weber,carla.weber@example.com,,,,3,2026-01-02
"""
TILL = """\
number,card,at,sum
T1,3,2026-02-01 10:00:00,10.00
T2,4,2026-02-02 10:00:00,20.00
T3,1,2026-02-03 10:00:00,1.00
"""
WEB = """\
number,buyer,at,sum,mail,phone
W1,1,2026-02-04 10:00:00,2.00,Anna@Example.com,
W2,,2026-02-05 10:00:00,4.00,anna@example.com,
W3,,2026-02-06 10:00:00,8.00,,030 654 3217
W4,,2026-02-07 10:00:00,40.00,,
W5,2,2026-02-08 10:00:00,80.00,dora@example.com,
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("one_customer")
    data_dir = folder / "data"
    data_dir.mkdir()
    for name, text in {
        "sources.yml": SOURCES, "crm.csv": CRM, "till.csv": TILL, "web.csv": WEB
    }.items():  # fmt: skip
        (data_dir / name).write_text(text)
    return copy_project(folder / "project")


def run_by(project: Path, unit: str) -> Run:
    settings = project / "dbt_project" / "dbt_project.yml"
    lines = settings.read_text().splitlines()
    settings.write_text(
        "\n".join(
            f"  unit_of_analysis: {unit}" if "unit_of_analysis:" in line else line for line in lines
        )
    )
    run = run_copy(project, project.parent / "data", "run")
    assert run.exit_code == 0, run.output + run.errors
    return run


def customers(run: Run) -> list[tuple[str, int, float]]:
    """(customer_id, orders, gross sales), by id; whoever bought nothing has 0."""
    rows = run.query(
        "select customer_id, orders::integer as orders, gross_sales::double as gross_sales "
        "from marts.customers order by customer_id"
    )
    return list(rows.itertuples(index=False, name=None))


def test_records_orders_and_guests_are_one_customer_by_person_and_by_household(
    project: Path,
) -> None:
    run = run_by(project, "person")
    # Web's customer 2 is nobody of the CRM: numbers of its own. W4 is an order of nobody.
    assert customers(run) == [("1", 3, 7.0), ("2", 1, 8.0), ("3", 2, 30.0), ("web:2", 1, 80.0)]
    links = run.query(
        "select customer_id, linked_customer_id, rule, coalesce(evidence, '') as evidence, "
        "is_joined "
        "from marts.customer_links order by all"
    )
    assert list(links.itertuples(index=False, name=None)) == [
        ("1", "guest:W2", "email", "a…@e….com", True),
        ("1", "web:1", "email", "a…@e….com", True),
        ("2", "guest:W3", "phone", "+49…17", True),
        ("3", "4", "crm_merge", "", True),
    ]
    assert run.query("select * from marts.customer_key_history").empty
    keys = dict(
        run.query("select customer_id, customer_key from marts.customers").itertuples(
            index=False, name=None
        )
    )

    # One setting makes households the customers.
    run = run_by(project, "household")
    assert customers(run) == [("1", 4, 15.0), ("3", 2, 30.0), ("web:2", 1, 80.0)]
    history = run.query(
        "select customer_id, change, previous_customer_key, customer_key, reason, unit_of_analysis "
        "from marts.customer_key_history order by customer_id"
    )
    assert list(history.itertuples(index=False, name=None)) == [
        ("2", "merge", keys["2"], keys["1"], "household", "household"),
        ("guest:W3", "merge", keys["2"], keys["1"], "household", "household"),
    ]
