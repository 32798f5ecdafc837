"""Makes the demo company, block by block: memory does not grow with the number of customers."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

from orchestration.demo.block import Block, draw_block
from orchestration.demo.cards import CYRILLIC_HEADER, LATIN_HEADER, draw_cards
from orchestration.demo.catalogue import PRODUCTS_HEADER, draw_catalogue, product_lines
from orchestration.demo.consents import write_consents, write_suppressions
from orchestration.demo.contracts import write_contacts, write_contracts
from orchestration.demo.feedback import write_feedback, write_referrals
from orchestration.demo.files import DemoFolder
from orchestration.demo.interactions import write_interactions
from orchestration.demo.marketing import write_marketing
from orchestration.demo.orders import draw_orders
from orchestration.demo.refunds import write_refunds
from orchestration.demo.report import REPORT_FILE, DemoError, DemoFile, DemoReport
from orchestration.demo.shop import lines_path, write_order_lines, write_orders
from orchestration.demo.streams import Purpose, stream
from orchestration.demo.timeline import Timeline

SOURCES = Path(__file__).with_name("sources.yml")
"""The mapping of the files to the entities."""

LAST_DAY = date(2026, 6, 30)
_BLOCK = 25_000
_FIRST_ORDER = 100_000_001

Progress = Callable[[str, int], None]


def make_demo(
    folder: Path,
    customers: int = 20_000,
    seed: int = 1,
    years: int = 3,
    progress: Progress | None = None,
    *,
    ends_on: date = LAST_DAY,
) -> DemoReport:
    """Make the demo company's files in `folder`; the same arguments give the same bytes.

    The files are written aside and renamed at the end, so that a folder with `demo.json` is always
    complete; a demo company that is there already is replaced. `progress` is called with an
    entity's name and the number of its rows so far. Raises `DemoError` for arguments that make no
    company, and where `folder` holds something else.
    """
    if customers < 1 or years < 1:
        raise DemoError(
            f"A demo company needs at least 1 customer and 1 year; asked for {customers} customers "
            f"and {years} years."
        )
    if folder.exists() and any(folder.iterdir()) and not (folder / REPORT_FILE).exists():
        raise DemoError(
            f"{folder} holds files that are no demo company. Name another folder, or empty it."
        )
    timeline = Timeline.ending(ends_on, years)
    partial = folder.with_name(folder.name + ".partial")
    old = folder.with_name(folder.name + ".old")
    for leftover in (partial, old):
        shutil.rmtree(leftover, ignore_errors=True)
    partial.mkdir(parents=True)
    with DemoFolder(partial) as files:
        _write_company(files, timeline, customers, seed, progress)
    report = DemoReport(
        customers,
        seed,
        timeline.first_day,
        ends_on,
        _with_second_delivery(partial, timeline, files),
    )
    report.save(partial)
    if folder.exists():
        # Renamed first: a folder that is half deleted must not look complete.
        folder.rename(old)
    partial.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
    return report


def _write_company(
    files: DemoFolder, timeline: Timeline, customers: int, seed: int, progress: Progress | None
) -> None:
    catalogue = draw_catalogue(stream(seed, Purpose.CATALOGUE), timeline)
    files.lines("products.csv", "products", product_lines(catalogue), header=PRODUCTS_HEADER)
    write_marketing(stream(seed, Purpose.MARKETING), files, timeline, customers)
    next_order = _FIRST_ORDER
    for number, begin in enumerate(range(0, customers, _BLOCK)):
        size = min(_BLOCK, customers - begin)
        block = draw_block(seed, number, begin + 1, size, (customers, timeline))
        orders = draw_orders(block, catalogue, next_order)
        next_order += len(orders)
        write_orders(block, files, orders, _again(timeline))
        write_order_lines(block, files, catalogue, orders)
        write_refunds(block, files, catalogue, orders)
        _write_customers(block, files)
        if progress is not None:
            for entity, rows in files.rows().items():
                progress(entity, rows)


def _write_customers(block: Block, files: DemoFolder) -> None:
    """Append what the CRM knows of a block's customers."""
    cards = draw_cards(block)
    files.lines(
        "crm/customers_latin.csv", "customers", cards.latin, cards.latin_dirt, header=LATIN_HEADER
    )
    files.lines(
        "crm/customers_cyrillic.csv",
        "customers",
        cards.cyrillic,
        cards.cyrillic_dirt,
        header=CYRILLIC_HEADER,
        encoding="cp1251",
    )
    write_consents(block, files, cards.created)
    write_suppressions(block, files, cards.emails, cards.created)
    write_interactions(block, files)
    write_feedback(block, files)
    write_referrals(block, files)
    write_contracts(block, files)
    write_contacts(block, files)


def _again(timeline: Timeline) -> str:
    """The month of which orders come again corrected, and lines a second time."""
    return timeline.months[max(0, len(timeline.months) - 4)]


def _with_second_delivery(
    folder: Path, timeline: Timeline, files: DemoFolder
) -> tuple[DemoFile, ...]:
    """Deliver one month's order lines a second time, under another name."""
    made = files.report()
    first = lines_path(_again(timeline))
    second = first.replace(".csv", "_again.csv")
    delivered = [file for file in made if file.path == first]
    if not delivered:
        return made
    shutil.copyfile(folder / first, folder / second)
    twin = DemoFile(
        second,
        "order_lines",
        delivered[0].rows,
        delivered[0].dirty | {"order_lines.second_delivery": delivered[0].rows},
    )
    return tuple(sorted((*made, twin), key=lambda file: file.path))
