"""Values: types, times and zones, countries, listed words; the fast and the exact way agree."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.entities import ENTITIES, LINEAGE
from orchestration.landing.countries import alpha2_by_name
from orchestration.landing.timezones import clock_changes, instant_sql


def customers(company, settings: str = "", columns: str = "customer_id: id") -> None:
    company.sources(
        f"""
        sources:
          crm:
            kind: file
            path: customers.csv
            {settings}
            entities:
              customers:
                columns: {{{columns}}}
              contracts:
                columns: {{contract_id: id, customer_id: id, started_on: "date '2024-01-01'"}}
        """
    )


def orders(company, rows: str, settings: str = "", more: str = "") -> None:
    company.sources(
        f"""
        sources:
          shop:
            kind: file
            path: orders.csv
            {settings}
            entities:
              orders:
                columns: {{order_id: id, ordered_at: at{more}}}
        """
    )
    company.write("orders.csv", rows)


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Asia/Kolkata", "UTC"])
def test_naive_times_are_in_the_sources_zone_on_both_sides_of_clock_changes(company, zone):
    start = datetime.fromisoformat("2024-01-01")
    times = [start + timedelta(days=n, hours=n % 24, minutes=7) for n in range(365)]
    rows = "".join(f"{n},{time:%Y-%m-%d %H:%M:%S}\n" for n, time in enumerate(times))
    orders(company, "id,at\n" + rows, f"timezone: {zone}")
    company.land()
    landed = company.query("select ordered_at from landing.orders order by _row")
    assert [row[0].astimezone(UTC) for row in landed] == [
        time.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for time in times
    ]


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(
        ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Europe/Moscow", "Asia/Tehran"]
    ),
    year=st.integers(1975, 2035),
    minutes=st.lists(st.integers(0, 366 * 24 * 60), min_size=1, max_size=50),
)
def test_the_cheap_conversion_equals_that_of_duckdb(zone, year, minutes):
    start = datetime.fromisoformat(f"{year}-01-01")
    times = [start + timedelta(minutes=minute) for minute in minutes]
    changes = clock_changes(zone, min(times), max(times))
    assert changes is not None
    times += [
        change.starts + timedelta(minutes=m) for change in changes[1:] for m in (-61, -1, 0, 1)
    ]
    with duckdb.connect() as connection:
        connection.execute("create table t (wall timestamp)")
        connection.execute("insert into t select unnest(?)", [times])
        cheap = instant_sql("wall", zone, (min(times), max(times)))
        wrong = connection.execute(
            f"select wall from t where {cheap} is distinct from timezone('{zone}', wall)"
        ).fetchall()
    assert wrong == []


def test_an_offset_in_the_text_is_honoured_wherever_it_first_stands(company):
    orders(
        company,
        "id,at\n1,2024-07-01 10:00:00\n2,2024-07-01T10:00:00+03:00\n3,2024-07-01 10:00:00Z\n"
        "4,2024-07-01\n5, 2024-07-01 10:00 \n6,2024-07-01 10:00:00.5-0430\n7,infinity\n",
        "timezone: Europe/London",
    )
    company.land()
    landed = dict(
        company.query("select order_id, strftime(ordered_at, '%d %H:%M') from landing.orders")
    )
    assert landed == {
        "1": "01 09:00", "2": "01 07:00", "3": "01 10:00", "4": "30 23:00", "5": "01 09:00",
        "6": "01 14:30",
    }  # fmt: skip
    assert company.quarantine() == [(8, "at", "infinity", "wrong_type")]


def test_dates_and_times_in_the_sources_own_format(company):
    orders(
        company,
        "id,at,day\n1,31.01.2024 14:30,1.2.2024\n2,2024-02-01,2024-02-02\n3,01/31/2024,x\n",
        'timestamp_format: "%d.%m.%Y %H:%M"\n            date_format: "%d.%m.%Y"',
        ", updated_at: day",
    )
    company.land()
    landed = company.query(
        "select order_id, strftime(ordered_at, '%Y-%m-%d %H:%M') from landing.orders order by 1"
    )
    assert landed == [("1", "2024-01-31 14:30"), ("2", "2024-02-01 00:00")]
    assert company.quarantine() == [(4, "at", "01/31/2024", "wrong_type")]


def test_numbers_with_a_decimal_comma(company):
    orders(
        company,
        'id;at;sum\n1;2024-01-01;"1,25"\n2;2024-01-01;-3,5\n3;2024-01-01;7\n4;2024-01-01;1.5\n',
        "decimal: ','\n            delimiter: ';'",
        ", gross_amount: sum",
    )
    company.land()
    landed = company.query("select order_id, gross_amount from landing.orders order by 1")
    assert landed == [("1", Decimal("1.2500")), ("2", Decimal("-3.5000")), ("3", Decimal(7))]
    assert company.quarantine() == [(5, "sum", "1.5", "wrong_type")]


def test_countries_listed_words_booleans_blanks_and_json(company):
    customers(
        company,
        columns="customer_id: id, country: land, customer_type: kind, is_test: test, "
        "attributes: facts, city: town",
    )
    company.write(
        "customers.csv",
        "id,land,kind,test,facts,town,cat\n"
        'A,United Kingdom,Person,Yes,"{""hobby"": ""chess""}",  Bath ,Tom\n'
        "B, RSA ,COMPANY,нет,,\t,\n"
        "C,deu,person,0,,\u00a0,\n"
        "D,Atlantis,,,,x,\n"
        "E,Россия,alien,,,,\n"
        "F,gb,person,perhaps,,,\n"
        "G,gb,person,,{torn,,\n",
    )
    company.land()
    assert company.query(
        "select customer_id, country, customer_type, is_test, attributes->>'hobby', city, "
        "extra->>'cat' from landing.customers order by _row"
    ) == [
        ("A", "GB", "person", True, "chess", "Bath", "Tom"),
        ("B", "ZA", "company", False, None, None, None),
        ("C", "DE", "person", False, None, None, None),
        ("D", "Atlantis", None, None, None, "x", None),
    ]
    rejected = company.query(
        "select line, column_name, value, reason from landing._quarantine "
        "where entity = 'customers' order by line"
    )
    assert rejected == [
        (6, "kind", "alien", "not_accepted"),
        (7, "test", "perhaps", "wrong_type"),
        (8, "facts", "{torn", "wrong_type"),
    ]
    contracts = company.query("select count(*) from landing.contracts")
    assert contracts == [(7,)], "what is wrong with a customer does not concern the contracts"


def test_currencies_are_spelt_alike_whatever_is_delivered(company):
    """From a column, an expression and a constant; what is no code keeps its letters."""
    company.sources("""
        sources:
          shop:
            kind: file
            path: shop.csv
            entities:
              orders: {columns: {order_id: id, ordered_at: at, currency: money}}
              refunds: {columns: {refund_id: id, refunded_at: at, amount: id,
                                  currency: "concat(money, '  ')"}}
              exchange_rates: {columns: {rate_date: at, currency: money, rate: id}}
          spend:
            kind: file
            path: spend.csv
            entities:
              marketing_spend: {columns: {spend_date: at, channel: id, amount: id,
                                          currency: "' eur '"}}
    """)
    rows = "id,at,money\n1,2024-01-01,usd\n2,2024-01-02, Eur \n3,2024-01-03,USD\n4,2024-01-04,zł\n"
    company.write("shop.csv", rows + '5,2024-01-05,"  "\n')
    company.write("spend.csv", "id,at\n1,2024-01-01\n")
    company.land()
    spelt = [("USD",), ("EUR",), ("USD",), ("ZŁ",)]
    for entity in ("orders", "refunds"):
        question = f"select currency from landing.{entity} order by _row"
        assert company.query(question) == [*spelt, (None,)]
    assert company.query("select currency from landing.exchange_rates order by _row") == spelt
    assert company.query("select currency from landing.marketing_spend") == [("EUR",)]
    assert company.query(
        "select fate, currency, rows from landing._batch_amounts where currency = 'USD' order by 1"
    ) == [("accepted", "USD", 2), ("accepted", "USD", 2), ("read", "USD", 2), ("read", "USD", 2)]


def test_every_column_of_a_currency_is_one():
    for entity in ENTITIES.values():
        assert {c.name for c in entity.columns if c.is_currency} == {"currency"} & {*entity.by_name}


def test_country_names_are_unique_and_codes_are_theirs():
    names = alpha2_by_name()
    assert len(set(names.values())) == 249
    expected = {
        "eire": "IE",
        "usa": "US",
        "uk": "GB",
        "россия": "RU",
        "south korea": "KR",
        "che": "CH",
    }
    assert {name: names[name] for name in expected} == expected
    assert all(names[code.lower()] == code for code in set(names.values()))


def test_a_row_is_judged_by_the_columns_that_an_entity_uses(company):
    company.sources(
        """
        sources:
          shop:
            kind: file
            path: sales.csv
            max_rejected_share: 1
            entities:
              order_lines:
                where: "quantity > 0"
                columns: {order_line_id: id, order_id: id, quantity: quantity, unit_price: price}
              refunds:
                where: "quantity < 0"
                columns: {refund_id: id, refunded_at: at, amount: "-quantity * price"}
        """
    )
    company.write(
        "sales.csv",
        "id,quantity,price,at\n1,2,3,2024-01-01\n2,-1,3,2024-01-01\n3,2,3,never\n4,-1,3,never\n"
        "5,x,3,2024-01-01\n",
    )
    counts = {report.entity: report.counts for report in company.land().files}
    lines, refunds = counts["order_lines"], counts["refunds"]
    assert (lines.read, lines.accepted, lines.rejected, lines.filtered) == (5, 2, 1, 2)
    assert (refunds.read, refunds.accepted, refunds.rejected, refunds.filtered) == (5, 1, 2, 2)
    assert company.query("select amount from landing.refunds") == [(Decimal(3),)]
    assert company.quarantine() == [
        (6, "quantity", "x", "wrong_type"),
        (5, "at", "never", "wrong_type"),
        (6, "quantity", "x", "wrong_type"),
    ]


def test_columns_with_blanks_and_other_letters_and_types_that_are_guessed(company):
    company.sources(
        """
        sources:
          shop:
            kind: file
            path: orders.csv
            types: {stück: quantity}
            entities:
              orders:
                where: "aktiv and stück * 2 > 3 and plz = '01067'"
                columns:
                  order_id: Номер заказа
                  ordered_at: "Order Date"
                  gross_amount: "stück * 2"
        """
    )
    company.write(
        "orders.csv",
        "Номер заказа,Order Date,stück,aktiv,plz\n1,2024-01-01,2,true,01067\n"
        "2,2024-01-01,1,true,01067\n3,2024-01-01,9,false,01067\n4,2024-01-01,viele,true,01067\n",
    )
    company.land()
    assert company.query("select order_id, gross_amount, extra from landing.orders") == [
        ("1", Decimal(4), None)
    ]
    assert company.quarantine() == [(5, "stück", "viele", "wrong_type")]


def test_every_entity_exists_and_is_typed_as_its_contract_says(company):
    orders(company, "id,at\n1,2024-01-01\n")
    company.land()
    for name, entity in ENTITIES.items():
        described = company.query(f"describe landing.{name}")
        expected = [(c.name, str(c.type)) for c in (*entity.columns, *LINEAGE)]
        assert [row[:2] for row in described] == [*expected, ("_sequence", "BIGINT")]


def test_events_of_1970_are_rejected_and_customers_of_1970_are_not(company):
    orders(
        company,
        "id,at\n1,1970-01-01\n2,1970-12-31 23:59:59\n3,1971-01-01\n4,1899-12-30\n5,2024-01-01\n",
        "max_rejected_share: 1",
    )
    company.land()
    assert company.query("select order_id from landing.orders order by 1") == [("3",), ("5",)]
    assert [(line, reason) for line, _, _, reason in company.quarantine()] == [
        (line, "implausible_date") for line in (2, 3, 5)
    ]

    customers(company, columns="customer_id: id, created_at: since")
    company.write("customers.csv", "id,since\nA,1970-01-01\n")
    company.land()
    assert company.query("select count(*) from landing.customers") == [(1,)]


def test_days_are_implausible_only_where_they_stand_for_no_day(company):
    company.sources(
        """
        sources:
          crm:
            kind: file
            path: contracts.csv
            max_rejected_share: 1
            entities:
              contracts:
                columns: {contract_id: id, customer_id: id, started_on: from}
        """
    )
    company.write("contracts.csv", "id,from\n1,1965-04-01\n2,1970-01-01\n3,1899-12-30\n")
    company.land()
    assert company.query("select contract_id from landing.contracts") == [("1",)]
    assert [reason for _, _, _, reason in company.quarantine()] == ["implausible_date"] * 2
