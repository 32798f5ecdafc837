"""A pull that is cut off goes on where it was: nothing lost, nothing twice, in every system."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.integration.interfaces import amocrm, bitrix24, hubspot, shopify, woocommerce
from tests.integration.interfaces.server import Answer


@dataclass(frozen=True)
class Case:
    """A system with many objects of one stream, and how a company reads it."""

    system: Any
    sources: str
    login: dict[str, str]
    asked: str
    """What the path of the stream's questions ends with."""
    objects: int


def _woocommerce() -> Case:
    system = woocommerce.WooCommerce()
    system.put(*(woocommerce.order(n, n / 4) for n in range(1, 601)))
    keys = {"WOOCOMMERCE_KEY": woocommerce.KEY, "WOOCOMMERCE_SECRET": woocommerce.SECRET}
    settings = "preset: woocommerce\n    shop: https://shop.example.com"
    return Case(system, settings, keys, "/orders", 600)


def _shopify() -> Case:
    system = shopify.Shopify()
    for n in range(1, 121):
        at = f"2024-03-{1 + n // 24:02d}T{n % 24:02d}:00:00Z"
        system.put(shopify.order(n, at, [shopify.line(n, 1, "1.00")]))
    settings = "preset: shopify\n    shop: tea.myshopify.com"
    return Case(system, settings, {"SHOPIFY_ACCESS_TOKEN": shopify.TOKEN}, "graphql.json", 120)


def _hubspot() -> Case:
    system = hubspot.HubSpot()
    system.put("deals", *(hubspot.thing(n, n / 4, amount="1") for n in range(1, 1201)))
    login = {"HUBSPOT_ACCESS_TOKEN": hubspot.TOKEN}
    return Case(system, "preset: hubspot", login, "deals/search", 1200)


def _bitrix24() -> Case:
    system = bitrix24.Bitrix24()
    system.put("deals", *(bitrix24.deal(n, n / 4) for n in range(1, 301)))
    settings = "preset: bitrix24\n    portal: engines.bitrix24.com"
    return Case(system, settings, {"BITRIX24_WEBHOOK": bitrix24.WEBHOOK}, "deal.list.json", 300)


def _amocrm() -> Case:
    system = amocrm.AmoCrm()
    system.put("leads", *(amocrm.lead(n, n / 4) for n in range(1, 1501)))
    settings = "preset: amocrm\n    account: engines.amocrm.ru\n    currency: RUB"
    return Case(system, settings, {"AMOCRM_TOKEN": amocrm.TOKEN}, "/leads", 1500)


CASES = [_woocommerce, _shopify, _hubspot, _bitrix24, _amocrm]
SOURCES = """
sources:
  them:
    kind: api
    {settings}
    base_url: {url}
    max_attempts: 1
"""
LAND = """
import sys
from pathlib import Path
from orchestration.landing import land, load_sources
from orchestration.settings import Settings
import os
folder = Path(sys.argv[1])
settings = Settings(folder / "data", folder / "sources.yml")
land(load_sources(settings.sources_file, os.environ), settings, lambda event: None)
"""


def orders(company):
    return company.query("select count(*), count(distinct order_id) from landing.orders")


@pytest.mark.parametrize("make", CASES, ids=[case.__name__[1:] for case in CASES])
def test_nothing_is_lost_or_doubled(make, company, serve):
    case = make()
    server = serve(case.system)
    company.sources(SOURCES.format(settings=case.sources, url=server.url))
    answer = case.system.answer
    broken = threading.Event()

    def failing(request, url):
        """The third question for the stream, and what follows, gets no answer."""
        if request.path.endswith(case.asked) and len(server.asked(case.asked)) >= 3:
            broken.set()
        return Answer("out of order", 500) if broken.is_set() else answer(request, url)

    case.system.answer = failing
    assert "it goes on from here" in "\n".join(company.fails(**case.login))
    assert orders(company) == [(0, 0)]
    case.system.answer = answer
    before = server.asked(case.asked)
    company.land(**case.login)
    assert orders(company) == [(case.objects, case.objects)]
    assert company.quarantine() == []
    again = server.asked(case.asked)[len(before)]
    assert (again.query, again.body) != (before[0].query, before[0].body)  # two pages were kept
    company.land(**case.login)
    assert orders(company) == [(case.objects, case.objects)]


def test_a_killed_process_leaves_what_it_read(company, serve, tmp_path):
    """The process is killed while it waits for its ninth page; what is older than ten seconds, and
    whole, is there for the next one."""
    case = _bitrix24()
    server = serve(case.system)
    company.sources(SOURCES.format(settings=case.sources, url=server.url))
    answer, waiting = case.system.answer, threading.Event()

    def slow(request, url):
        if request.path.endswith(case.asked):
            number = len(server.asked(case.asked))
            if number == 4:
                time.sleep(10)  # what was read until now is written
            if number == 6:
                waiting.set()
                time.sleep(5)
        return answer(request, url)

    case.system.answer = slow
    process = start(company.folder, tmp_path, case.login)
    assert waiting.wait(120)
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    assert orders(company) == [(0, 0)]
    server.forget()
    case.system.answer = answer
    company.land(**case.login)
    assert orders(company) == [(case.objects, case.objects)]
    first = server.asked(case.asked)[0].body["filter"][">=DATE_MODIFY"]
    assert first > "2024-04-01"


def test_an_interface_leaves_the_home_folder_and_a_file_leaves_dlt_alone(company, serve, tmp_path):
    case = _bitrix24()
    server = serve(case.system)
    company.sources(SOURCES.format(settings=case.sources, url=server.url))
    assert start(company.folder, tmp_path, case.login).wait(120) == 0
    assert list((tmp_path / "home").iterdir()) == []
    assert orders(company) == [(case.objects, case.objects)]
    company.write("orders.csv", "id,at\n1,2024-01-01\n")
    company.sources(
        """
        sources:
          shop:
            kind: file
            path: orders.csv
            entities: {orders: {columns: {order_id: id, ordered_at: at}}}
        """
    )
    check = dedent(LAND) + "\nassert not {'dlt', 'requests', 'sqlalchemy'} & set(sys.modules)\n"
    assert start(company.folder, tmp_path, {}, check).wait(120) == 0


def start(
    folder: Path, scratch: Path, login: dict[str, str], program: str = LAND
) -> subprocess.Popen[bytes]:
    """A process of its own that lands, with an empty home."""
    home = scratch / "home"
    home.mkdir(exist_ok=True)
    environment = {**os.environ, **login, "HOME": str(home)}
    return subprocess.Popen(
        [sys.executable, "-c", dedent(program), str(folder)],
        env=environment,
        cwd=Path(__file__).parents[3],
    )
