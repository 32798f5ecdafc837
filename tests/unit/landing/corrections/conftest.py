"""A shop with rejected rows, and the way of their correction: out as a table, and back."""

import pytest

from orchestration.landing import LandingError, load_sources
from orchestration.landing.corrections.desk import export, requeue
from orchestration.landing.corrections.quarantined import EntryFilter
from orchestration.landing.corrections.sheet import read_sheet, write_sheet

HEADER = "order,quantity,price,at,who\n"
ROWS = """\
O1,2,3.50,2024-01-31 10:00:00,k1
O2,abc,3.50,2024-01-31 10:00:00,k1
O3,2,3.50
O4,0,3.50,2024-01-31 10:00:00,k2
O1,2,x,2024-01-31 10:00:00,k1
"""
MAPPING = "order_id: order, quantity: quantity, unit_price: price, ordered_at: at, customer_id: who"
LANDED = "select order_id, quantity, unit_price, _file, _row from landing.order_lines order by all"
STATES = "select line, reason, state, closed_as, tries from landing._quarantine order by line"
WHOLE = {"order": "O3", "quantity": "2", "price": "3.50", "at": "2024-01-31", "who": "k1"}


def sources(
    company,
    settings: str = "",
    where: str = "quantity < 100",
    more: str = "",
    mapping: str = MAPPING,
) -> None:
    company.sources(
        f"""
        sources:
          shop:
            kind: file
            path: inbox
            max_rejected_share: 1
            {settings}
            entities:
              order_lines:
                where: "{where}"
                columns: {{{mapping}{more}}}
        """
    )


@pytest.fixture
def shop(company):
    """A file of five lines, four of them rejected: lines 3, 4, 5 and 6."""
    sources(company)
    company.write("inbox/a.csv", HEADER + ROWS)
    company.land()
    return company


def corrected(company, changes, name: str = "fix.csv", **wanted):
    """Export the open entries and change cells of some: {line: {column: text}}; the path."""
    path = company.folder / name
    export(company.settings, EntryFilter(**wanted), path)
    columns, rows = read_sheet(path)
    write_sheet(
        path,
        columns,
        [{**row.cells, **changes.get(int(row.cells["quarantine_line"]), {})} for row in rows],
    )
    return path


def requeued(company, path):
    config = load_sources(company.settings.sources_file, {})
    return requeue(path, config, company.settings, lambda _event: None)


def refused(company, path):
    with pytest.raises(LandingError) as caught:
        requeued(company, path)
    return caught.value.problems


def batches(company):
    return company.query(
        "select sequence, rows_read, rows_accepted, rows_rejected, rows_filtered, is_correction "
        "from landing._batches where superseded_by is null order by sequence"
    )
