"""Removes of an erasure go where their destination delivers, or somebody is told of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pyrage
import pytest

from orchestration import erasure_desk, exports_desk, stages
from orchestration.erasure.person import Person
from orchestration.erasure.removes import write_removes
from orchestration.exports import ExportError, release_exports, removes, sets, standing
from orchestration.exports.delivery import places
from orchestration.exports.destination_settings import load
from tests.unit.exports.webhook_server import Webhook, running_webhook

if TYPE_CHECKING:
    from conftest import Warehouse

ANNA = Person(1, ("a",), emails=("a@example.com",), mailboxes=("a@example.com",))
DAY = date(2026, 2, 1)
FOLDER = "removes/2026-02-01/generic_csv/rtn_s01"


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.exports.delivery.deliver._FIRST_WAIT", 0)


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with running_webhook() as server:
        yield server


@pytest.fixture
def erased(warehouse: Warehouse) -> Warehouse:
    """An audience was released with `a` in it, who is then erased; `b` stays."""
    for key in ("a", "b"):
        warehouse.contact(key)
    warehouse.segment("seg_a", ["a", "b"])
    warehouse.release(warehouse.export())
    write_removes(warehouse.settings, ANNA, DAY)
    warehouse.connection.execute("delete from segments.seg_a where customer_key = 'a'")
    return warehouse


def configure(warehouse: Warehouse, **own: Any) -> None:
    text = json.dumps({"destinations": {"generic_csv": own}})
    warehouse.settings.destinations_file.write_text(text)


def run(warehouse: Warehouse) -> str:
    """Stage, release and deliver as a run does; returns the index page."""
    decide = standing.by_run(load(warehouse.settings))
    report = warehouse.stage(warehouse.export())
    folder = release_exports(report, warehouse.settings, datetime.now(UTC))
    page = (folder / "index.html").read_text()
    chosen = {one.export.pair for one in report.results if decide(one) == "released"}
    stages.deliver(warehouse.settings, sets.read_report(folder), decide, chosen)
    return page


def files(hook: Webhook) -> list[str]:
    """Names of what was asked since the last time."""
    found = [headers["X-Retention-File"] for _, headers in hook.asked]
    hook.asked.clear()
    return found


def lying(warehouse: Warehouse) -> list[str]:
    room = warehouse.settings.exports / "removes"
    return sorted(path.name for path in room.rglob("*") if path.is_file())


def said(warehouse: Warehouse) -> list[str]:
    """What the command says of the removes that are left to people."""
    policies = load(warehouse.settings)
    left = removes.left_to_people(warehouse.settings, policies, standing.by_run(policies))
    return [erasure_desk.what_to_do(one) for one in left]


def test_a_run_sends_them_first_and_deletes_them_once_there(
    erased: Warehouse, hook: Webhook
) -> None:
    (folder,) = (erased.settings.exports / FOLDER).iterdir()
    bodies = {path.name: path.read_bytes() for path in folder.iterdir()}
    configure(erased, release="automatic", deliver={"url": hook.address})
    assert said(erased) == []
    page = run(erased)
    assert "People to be taken out" not in page
    asked = files(hook)
    assert [name.startswith(f"{FOLDER}/") for name in asked] == [True] * 3 + [False] * 3
    assert asked[2].endswith("manifest.json")
    sent = {key.rpartition("/")[2]: body for key, body in list(hook.bodies.items())[:3]}
    assert sent == bodies
    assert b"a@example.com" in next(iter(sent.values()))
    assert not (erased.settings.exports / "removes" / "2026-02-01").exists()
    run(erased)
    assert files(hook) == []


def test_a_cut_leaves_them_to_the_next_try_under_the_same_keys(
    erased: Warehouse, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(erased, release="automatic", deliver={"url": hook.address, "attempts": 1})
    hook.answers = [200, 503]
    with pytest.raises(ExportError, match="removes of 2026-02-01 for generic_csv/rtn_s01"):
        run(erased)
    assert len(lying(erased)) == 3
    hook.asked.clear()
    hook.bodies.clear()
    keys: list[str] = []
    real = places.Webhook.put

    def noting(self: places.Webhook, file: Any, name: str, key: str) -> None:
        keys.append(key)
        real(self, file, name, key)

    monkeypatch.setattr(places.Webhook, "put", noting)
    # Killed between the last file's arrival and its deletion here: sent no second time.
    with monkeypatch.context() as patch:
        patch.setattr(removes, "delete", lambda _one: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run(erased)
    assert len({key.rpartition("/")[0] for key in keys}) == 1
    assert keys[0].endswith("/1/" + keys[0].rpartition("/")[2])
    hook.asked.clear()
    run(erased)
    assert not [name for name in files(hook) if name.startswith("removes/")]
    assert lying(erased) == []


def test_where_a_person_releases_the_index_and_the_command_say_so(
    erased: Warehouse, hook: Webhook
) -> None:
    configure(erased, deliver={"url": hook.address})
    (line,) = said(erased)
    assert "retention release generic_csv/rtn_s01" in line
    page = run(erased)
    assert "People to be taken out" in page
    assert "retention release generic_csv/rtn_s01" in page
    assert files(hook) == []
    plan = exports_desk.release_plan(erased.settings, ())
    assert "1 removes of an erasure on 2026-02-01 would be sent to generic_csv/rtn_s01." in plan
    assert files(hook) == []
    exports_desk.release_waiting(erased.settings, ["generic_csv"])
    assert [name for name in files(hook) if name.startswith(FOLDER)]
    assert lying(erased) == []


def test_where_nothing_is_delivered_the_page_links_the_file(erased: Warehouse) -> None:
    (line,) = said(erased)
    assert "upload exports/removes/2026-02-01/generic_csv/rtn_s01/" in line
    page = run(erased)
    (link,) = [part.partition('"')[0] for part in page.split('href="')[1:] if "removes" in part]
    assert (erased.settings.exports / "latest" / ".." / link).resolve().is_file() or (
        erased.settings.exports / link.removeprefix("../")
    ).is_file()
    assert len(lying(erased)) == 3


def test_a_pause_holds_for_them_too(erased: Warehouse, hook: Webhook) -> None:
    own = {"release": "automatic", "deliver": {"url": hook.address}}
    configure(erased, **own, paused=True)
    assert "paused" in said(erased)[0]
    assert "This destination is paused." in run(erased).partition("<table>")[0]
    assert files(hook) == []
    configure(erased, **own)
    run(erased)
    assert [name for name in files(hook) if name.startswith(FOLDER)]


def test_they_are_encrypted_to_the_recipient(erased: Warehouse, hook: Webhook) -> None:
    key = pyrage.x25519.Identity.generate()
    configure(
        erased,
        release="automatic",
        deliver={"url": hook.address},
        encrypt_to=str(key.to_public()),
    )
    run(erased)
    name, body = next(iter(hook.bodies.items()))
    assert files(hook)[0].endswith(".csv.age")
    assert name.endswith(".csv")
    assert b"a@example.com" in pyrage.decrypt(body, [key])


def test_a_file_that_was_changed_is_not_sent(erased: Warehouse, hook: Webhook) -> None:
    configure(erased, release="automatic", deliver={"url": hook.address})
    (file,) = (erased.settings.exports / FOLDER).rglob("*.csv")
    file.write_text("email\nb@example.com\n")
    with pytest.raises(ExportError, match="was changed after it was written"):
        run(erased)
    assert not [name for name in files(hook) if name.startswith(FOLDER)]
    assert len(lying(erased)) == 3
