"""Delivery to real servers: once, whole, in an order that does no harm, and to nobody else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyrage
import pytest

from orchestration import stages
from orchestration.exports import ExportError, acknowledge, release_exports, sets, standing
from orchestration.exports.delivery import Delivered, deliver_released, places, undelivered
from orchestration.exports.destination_settings import load
from orchestration.warehouse import proof
from tests.integration.object_store import new_bucket, running_store
from tests.unit.exports.sftp_server import PASSWORD, USER, SftpServer, running_sftp
from tests.unit.exports.webhook_server import Webhook, running_webhook

if TYPE_CHECKING:
    from conftest import Warehouse

NOW = datetime(2026, 2, 1, tzinfo=UTC)
MANIFEST, SUMS = "manifest.json", "SHA256SUMS"


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.exports.delivery.deliver._FIRST_WAIT", 0)


@pytest.fixture
def ready(warehouse: Warehouse) -> Warehouse:
    for key in ("a", "b", "c"):
        warehouse.contact(key)
    warehouse.segment("seg_a", ["a", "b"])
    return warehouse


def release(warehouse: Warehouse, **deliver: Any) -> Path:
    """Release `seg_a`, which is to be delivered so."""
    mode = deliver.pop("mode", "mirror")
    own = {"release": "automatic", **deliver.pop("own", {}), "deliver": deliver}
    text = json.dumps({"destinations": {"generic_csv": own}})
    warehouse.settings.data_dir.mkdir(exist_ok=True)
    warehouse.settings.destinations_file.write_text(text)
    report = warehouse.stage(warehouse.export(sync_mode=mode))
    return release_exports(report, warehouse.settings, NOW)


def deliver(warehouse: Warehouse, folder: Path) -> list[Delivered]:
    policies = load(warehouse.settings)
    results = sets.read_report(folder).results
    return deliver_released(warehouse.settings, policies, folder, results, lambda: NOW)


def leave(warehouse: Warehouse) -> None:
    """Let `b` be gone and `c` be there, since the last content was uploaded."""
    acknowledge.acknowledge(warehouse.settings, "generic_csv/rtn_s01", "", NOW)
    warehouse.connection.execute(
        "update segments.seg_a set customer_key = 'c', customer_id = 'c' where customer_key = 'b'"
    )


def sent(folder: Path) -> dict[str, bytes]:
    """The files of the audience, as they are to arrive."""
    room = folder / "generic_csv" / "rtn_s01"
    return {f"generic_csv/rtn_s01/{path.name}": path.read_bytes() for path in room.iterdir()}


def test_a_folder_gets_the_files_and_nothing_else(ready: Warehouse, tmp_path: Path) -> None:
    folder = release(ready, url=f"file://{tmp_path}/out")
    (done,) = deliver(ready, folder)
    room = tmp_path / "out"
    found = {
        path.relative_to(room).as_posix(): path.read_bytes()
        for path in room.rglob("*")
        if path.is_file()
    }
    assert found == sent(folder)
    assert done.files == 3


def test_an_object_store_gets_the_files(ready: Warehouse) -> None:
    with running_store() as environment:
        bucket = new_bucket(environment, "audiences")
        folder = release(
            ready,
            url="s3://audiences/today",
            storage_options={
                "key": environment["STORE_KEY"],
                "secret": environment["STORE_SECRET"],
                "client_kwargs": {"endpoint_url": environment["STORE_ADDRESS"]},
            },
        )
        deliver(ready, folder)
        found = {
            one["Key"].removeprefix("today/"): bucket.get_object(
                Bucket="audiences", Key=one["Key"]
            )["Body"].read()
            for one in bucket.list_objects_v2(Bucket="audiences")["Contents"]
        }
    assert found == sent(folder)


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[SftpServer]:
    with running_sftp(tmp_path) as server:
        yield server


def at(server: SftpServer, **options: Any) -> dict[str, Any]:
    return {
        "url": "sftp://127.0.0.1/in",
        "attempts": 2,
        "storage_options": {
            "port": server.port,
            "username": USER,
            "password": PASSWORD,
            "known_hosts": str(server.known_hosts),
            **options,
        },
    }


def test_an_sftp_server_gets_the_files_also_a_second_time(
    ready: Warehouse, sftp: SftpServer
) -> None:
    folder = release(ready, **at(sftp))
    for _ in range(2):
        deliver(ready, folder)
        found = {
            path.relative_to(sftp.folder / "in").as_posix(): path.read_bytes()
            for path in sftp.folder.rglob("*")
            if path.is_file()
        }
        assert found == sent(folder)
        (ready.settings.state / "deliveries.jsonl").unlink()


@pytest.mark.parametrize(
    ("options", "message"),
    [({"password": "wrong-word"}, "PermissionDenied"), ({"known_hosts": None}, "Host key")],
)
def test_an_sftp_server_that_cannot_be_trusted_gets_nothing(
    ready: Warehouse, sftp: SftpServer, tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    if options.get("known_hosts", "") is None:
        unknown = tmp_path / "nobody"
        unknown.write_text("")
        options = {"known_hosts": str(unknown)}
    folder = release(ready, **at(sftp, **options))
    with pytest.raises(ExportError, match="did not arrive everywhere") as caught:
        deliver(ready, folder)
    assert "wrong-word" not in str(caught.value)
    assert not list(sftp.folder.rglob("*"))
    assert message in str(caught.value) or "PermissionError" in str(caught.value)


def test_sftp_asks_for_the_users_known_hosts_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestration.exports.destination_settings import Delivery  # noqa: PLC0415

    asked: dict[str, Any] = {}

    def url_to_fs(url: str, **options: Any) -> tuple[object, str]:
        asked.update(options)
        return object(), url

    monkeypatch.setattr("fsspec.core.url_to_fs", url_to_fs)
    places.open_place(Delivery(url="sftp://host/in"))
    assert asked == {"known_hosts": ()}


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with running_webhook() as server:
        yield server


def test_a_webhook_is_sent_each_file_with_its_key(ready: Warehouse, hook: Webhook) -> None:
    folder = release(ready, url=hook.address, headers={"Authorization": "Bearer token"})
    deliver(ready, folder)
    content_id = sets.read_report(folder).results[0].content_id
    bodies = {
        f"{content_id}/1/{name.rpartition('/')[2]}": body for name, body in sent(folder).items()
    }
    assert hook.bodies == bodies
    _, headers = hook.asked[0]
    assert headers["Authorization"] == "Bearer token"
    assert [asked["X-Retention-File"].rpartition("/")[2] for _, asked in hook.asked][1:] == [
        SUMS,
        MANIFEST,
    ]


def test_removes_are_sent_before_adds_and_the_manifest_last(
    ready: Warehouse, hook: Webhook
) -> None:
    deliver(ready, release(ready, url=hook.address))
    leave(ready)
    hook.asked.clear()
    deliver(ready, release(ready, url=hook.address))
    names = [headers["X-Retention-File"].rpartition("/")[2] for _, headers in hook.asked]
    assert [name.split("__")[2] for name in names[:2]] == ["removes", "adds"]
    assert names[2:] == [SUMS, MANIFEST]


def test_a_server_that_stumbles_is_tried_again_with_the_same_key(
    ready: Warehouse, hook: Webhook
) -> None:
    hook.answers = [503, 429, 500]
    deliver(ready, release(ready, url=hook.address))
    keys = [headers["Idempotency-Key"] for status, headers in hook.asked]
    assert len(keys) == 6
    assert len(set(keys[:4])) == 1
    assert len(hook.bodies) == 3


def test_a_refusal_is_not_repeated_and_says_no_secret(ready: Warehouse, hook: Webhook) -> None:
    hook.answers = [403]
    folder = release(ready, url=hook.address)
    with pytest.raises(
        ExportError, match=r"generic_csv/rtn_s01 to http://127.0.0.1.*403"
    ) as caught:
        deliver(ready, folder)
    assert "secret-path" not in str(caught.value)
    assert len(hook.asked) == 1


def test_a_redirect_is_not_followed(ready: Warehouse, hook: Webhook) -> None:
    hook.answers = [307]
    with pytest.raises(ExportError, match="307"):
        deliver(ready, release(ready, url=hook.address))
    assert not hook.bodies


def test_what_did_not_arrive_is_sent_again_and_nothing_twice(
    ready: Warehouse, hook: Webhook
) -> None:
    folder = release(ready, url=hook.address, attempts=1)
    hook.answers = [200, 503]
    with pytest.raises(ExportError, match="tries again"):
        deliver(ready, folder)
    assert [one.export.destination for one in waiting(ready, folder)] == ["generic_csv"]
    (done,) = deliver(ready, folder)
    assert done.files == 3
    hook.asked.clear()
    assert deliver(ready, folder) == []
    assert not hook.asked


def member(warehouse: Warehouse, key: str) -> None:
    """Let `key` be the one beside `a`, where another one stood."""
    warehouse.connection.execute(
        f"update segments.seg_a set customer_key = '{key}', customer_id = '{key}' "
        "where customer_key <> 'a'"
    )


def keys(hook: Webhook) -> list[str]:
    """The keys of what was asked since the last time, without the names of files, each once."""
    found = dict.fromkeys(
        headers["Idempotency-Key"].rpartition("/")[0] for _, headers in hook.asked
    )
    hook.asked.clear()
    return list(found)


def test_a_former_content_is_sent_again_once_another_has_taken_its_place(
    ready: Warehouse, hook: Webhook
) -> None:
    sent_keys = []
    for key in ("b", "c", "b"):
        member(ready, key)
        folder = release(ready, url=hook.address, mode="replace")
        (done,) = deliver(ready, folder)
        assert deliver(ready, folder) == []  # it lies there
        (found,) = keys(hook)
        sent_keys.append((done.parcel.content_id, found))
    (first, key_1), (second, key_2), (third, key_3) = sent_keys
    assert first == third != second
    assert len({key_1, key_2, key_3}) == 3


def test_a_content_is_sent_again_where_half_of_another_was_sent_since(
    ready: Warehouse, hook: Webhook
) -> None:
    first = release(ready, url=hook.address, attempts=1, mode="replace")
    deliver(ready, first)
    member(ready, "c")
    half = release(ready, url=hook.address, attempts=1, mode="replace")
    hook.answers = [200, 503]
    with pytest.raises(ExportError, match="did not arrive"):
        deliver(ready, half)
    member(ready, "b")
    assert len(deliver(ready, release(ready, url=hook.address, mode="replace"))) == 1
    assert len(keys(hook)) == 3


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ConnectionError])
def test_a_delivery_that_was_cut_off_goes_on_under_its_key(
    ready: Warehouse, hook: Webhook, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]
) -> None:
    """Also after a kill, and by a process that knows only what stands on disk."""
    folder = release(ready, url=hook.address, attempts=1)
    real: Callable[..., None] = places.Webhook.put

    def cut(self: places.Webhook, file: Path, name: str, key: str) -> None:
        real(self, file, name, key)
        if name.endswith(SUMS):
            raise stop

    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(places.Webhook, "put", cut)
            with pytest.raises((stop, ExportError)):
                deliver(ready, folder)
    deliver(ready, folder)
    assert len(keys(hook)) == 1
    lines = (ready.settings.state / "deliveries.jsonl").read_text().splitlines()
    assert [("started_at" in line, "delivered_at" in line) for line in lines] == [
        (True, False),
        (False, True),
    ]


def waiting(warehouse: Warehouse, folder: Path) -> list[Any]:
    results = sets.read_report(folder).results
    return undelivered(warehouse.settings, load(warehouse.settings), results)


@pytest.mark.parametrize("own", [{"paused": True}, {"release": "manual"}])
def test_nothing_leaves_that_is_paused_or_not_released(
    ready: Warehouse, hook: Webhook, own: dict[str, Any]
) -> None:
    folder = release(ready, url=hook.address, own=own)
    assert deliver(ready, folder) == []
    assert not hook.asked


def test_what_is_paused_after_its_release_is_not_sent(ready: Warehouse, hook: Webhook) -> None:
    folder = release(ready, url=hook.address)
    text = ready.settings.destinations_file.read_text()
    ready.settings.destinations_file.write_text(
        text.replace('"deliver"', '"paused": true, "deliver"')
    )
    assert deliver(ready, folder) == []
    assert not hook.asked


def test_files_are_encrypted_to_the_recipient_and_the_set_stays_as_it_is(
    ready: Warehouse, tmp_path: Path
) -> None:
    key = pyrage.x25519.Identity.generate()
    folder = release(ready, url=f"file://{tmp_path}/out", own={"encrypt_to": str(key.to_public())})
    before = sent(folder)
    deliver(ready, folder)
    room = tmp_path / "out" / "generic_csv" / "rtn_s01"
    (closed,) = room.glob("*.age")
    assert b"example.com" not in closed.read_bytes()
    plain = pyrage.decrypt(closed.read_bytes(), [key])
    assert plain == before[f"generic_csv/rtn_s01/{closed.name.removesuffix('.age')}"]
    assert f"{hashlib.sha256(plain).hexdigest()}  " in (room / SUMS).read_text()
    assert sorted(path.name for path in room.iterdir()) == sorted([SUMS, closed.name, MANIFEST])
    assert sent(folder) == before
    assert not list((ready.settings.data_dir / "tmp").rglob("*.age"))


def test_a_crash_while_sending_leaves_no_manifest(
    ready: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a manifest a delivery is incomplete, as a set is."""
    folder = release(ready, url=f"file://{tmp_path}/out", attempts=1)
    real: Callable[..., None] = places.Folder.put

    def crash(self: places.Folder, file: Path, name: str, key: str) -> None:
        if name.endswith(SUMS):
            raise KeyboardInterrupt
        real(self, file, name, key)

    with monkeypatch.context() as patch:
        patch.setattr(places.Folder, "put", crash)
        with pytest.raises(KeyboardInterrupt):
            deliver(ready, folder)
    assert not list((tmp_path / "out").rglob(MANIFEST))
    assert len(waiting(ready, folder)) == 1
    deliver(ready, folder)
    assert list((tmp_path / "out").rglob(MANIFEST))


def test_what_stays_from_the_days_set_is_not_sent_by_a_run(ready: Warehouse, hook: Webhook) -> None:
    """It was released to this machine; now its destination lies elsewhere, and is manual."""
    ready.release(ready.export(sync_mode="mirror"))
    text = json.dumps({"destinations": {"generic_csv": {"deliver": {"url": hook.address}}}})
    ready.settings.destinations_file.write_text(text)
    ready.settings.warehouse.touch()
    report = ready.stage(ready.export(sync_mode="mirror"))
    report = replace(report, build_id=proof.give(ready.settings))
    done = stages.release(ready.settings, report)
    assert done.results[0].standing == "released"
    assert not hook.asked
    assert stages.deliver(ready.settings, done) == 1  # once a person says so
    assert hook.asked


def test_a_file_that_was_changed_after_its_release_is_not_sent(
    ready: Warehouse, hook: Webhook
) -> None:
    folder = release(ready, url=hook.address)
    (file,) = folder.rglob("*.csv")
    with file.open("a") as text:
        text.write("x,objector@example.com\n")
    with pytest.raises(ExportError, match="changed after their release"):
        deliver(ready, folder)
    assert not hook.asked


def test_a_person_releases_and_then_it_is_sent(ready: Warehouse, hook: Webhook) -> None:
    release(ready, url=hook.address, own={"release": "manual"})
    staged = sets.read_report(ready.settings.exports / ".staging-test")
    by_hand = standing.by_hand(load(ready.settings))
    folder = release_exports(staged, ready.settings, NOW, decide=by_hand)
    assert len(deliver(ready, folder)) == 1
    assert len(hook.bodies) == 3
