"""What the columns of an expression are taken for: texts are not guessed to be numbers."""

import duckdb
import pytest

from orchestration.landing.expressions import ExpressionError, column_uses
from tests.unit.landing.conftest import Company

TEXT, OTHER, BOTH, UNKNOWN = {True}, {False}, {True, False}, set[bool]()


@pytest.mark.parametrize(
    ("expression", "gives_text", "uses"),
    [
        ("'crm:' || cust", True, {"cust": TEXT}),
        ("'crm:' || cust", False, {"cust": TEXT}),
        ("coalesce(mobile, landline)", True, {"mobile": TEXT, "landline": TEXT}),
        ("coalesce(net, gross)", False, {"net": OTHER, "gross": OTHER}),
        ("coalesce(net, 'none')", False, {"net": TEXT}),
        ("nullif(total, '-')", False, {"total": TEXT}),
        ("nullif(total, 0)", False, {"total": OTHER}),
        ("trim(plz)", True, {"plz": TEXT}),
        ("state <> 'draft'", False, {"state": TEXT}),
        ("state is distinct from 'draft'", False, {"state": TEXT}),
        ("state in ('paid', 'sent')", False, {"state": TEXT}),
        ("state not in (1, 2)", False, {"state": OTHER}),
        ("paid = '1'", False, {"paid": UNKNOWN}),
        ("day >= '2024-01-01'", False, {"day": UNKNOWN}),
        ("paid = 'true'", False, {"paid": UNKNOWN}),
        ("q > 0", False, {"q": OTHER}),
        ("a > b", False, {"a": OTHER, "b": OTHER}),
        ("-q * price", False, {"q": OTHER, "price": OTHER}),
        ("cast(q * price as varchar)", True, {"q": OTHER, "price": OTHER}),
        ("cast(code as varchar)", False, {"code": TEXT}),
        ("try_cast(code as date)", False, {"code": OTHER}),
        ("strftime(day, '%Y')", True, {"day": OTHER}),
        ("substr(code, n)", True, {"code": TEXT, "n": OTHER}),
        ("left(code, 2) = '10'", False, {"code": TEXT}),
        ("case s when 'x' then a else b end", True, {"s": TEXT, "a": TEXT, "b": TEXT}),
        ("case when flag then 1 else n end", False, {"flag": OTHER, "n": OTHER}),
        ("case when a is null then 'x' else a end", True, {"a": TEXT}),
        ("a is not null", False, {"a": UNKNOWN}),
        ("a || case when a > 5 then 'x' end", True, {"a": BOTH}),
        ("a like 'C%' and not starts_with(b, 'x')", False, {"a": TEXT, "b": TEXT}),
        ("buyer->>'$.id'", True, {"buyer": TEXT}),
        ("_row + 1", False, {"_row": OTHER}),
    ],
)
def test_uses(expression: str, gives_text: bool, uses: dict[str, set[bool]]) -> None:
    with duckdb.connect() as connection:
        assert column_uses(expression, connection, gives_text) == uses


@pytest.mark.parametrize("text", ["a +", "a, b", "a from t", "a; select b"])
def test_what_is_no_expression(text: str) -> None:
    with duckdb.connect() as connection, pytest.raises(ExpressionError):
        column_uses(text, connection, False)


SOURCES = """
sources:
  crm:
    kind: file
    path: crm.csv
    entities:
      customers:
        where: "state <> 'draft'"
        columns:
          customer_id: "'crm:' || cust"
          phone: coalesce(mobile, landline)
          postal_code: trim(plz)
          city: nullif(town, '-')
      orders:
        where: "false"
        columns: {order_id: "'1'", customer_id: "'1'", ordered_at: "'2024-01-01'"}
"""


@pytest.mark.parametrize("other", ["8.50,1,+49170,1e5,-", "x9,draft,none,D-1,Bonn"])
def test_a_text_does_not_depend_on_what_else_stands_in_its_column(
    company: Company, other: str
) -> None:
    company.sources(SOURCES)
    lines = ["cust,state,mobile,plz,town,landline", "7,1,+491701234567,10115,12,", f"{other},5"]
    company.write("crm.csv", "\n".join(lines) + "\n")
    company.land()
    columns = "customer_id, phone, postal_code, city"
    [first, *_] = company.query(f"select {columns} from landing.customers order by _row")
    assert first == ("crm:7", "+491701234567", "10115", "12")
    assert company.query("select count(*) from landing._rejected") == [(0,)]


def test_a_text_far_behind_the_first_lines_lands_too(company: Company) -> None:
    company.sources(SOURCES)
    rows = [f"{number},1,1,10115,1,2" for number in range(5_000)]
    company.write(
        "crm.csv", "\n".join(["cust,state,mobile,plz,town,landline", *rows, "A77,ok,AB,X1,Y,Z"])
    )
    company.land()
    assert company.query("select count(*) from landing.customers") == [(5_001,)]
