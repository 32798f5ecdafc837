"""Files in object stores, by file systems that need no server."""

import gzip
import os

import fsspec
import pytest

from orchestration.landing import Outcome, objects

SOURCES = """
sources:
  shop:
    kind: file
    path: {path}
    {settings}
    entities:
      order_lines:
        columns: {{order_line_id: id, order_id: order, quantity: n, unit_price: price}}
"""
HEADER = "id,order,n,price\n"
KEYS = "select order_line_id, _file from landing.order_lines order by 1"


class Memory:
    """`memory://`, with what was downloaded from it."""

    def __init__(self):
        self.system = fsspec.filesystem("memory")
        self.downloads = []

    def write(self, name, text):
        self.system.pipe(f"/bucket/{name}", text if isinstance(text, bytes) else text.encode())


@pytest.fixture
def store(monkeypatch):
    memory = Memory()
    real = objects.Store.download

    def counted(self, remote):
        memory.downloads.append(remote.file.name)
        real(self, remote)

    monkeypatch.setattr(objects.Store, "download", counted)
    yield memory
    if memory.system.exists("/bucket"):
        memory.system.rm("/bucket", recursive=True)


def sources(company, path, settings=""):
    company.sources(SOURCES.format(path=path, settings=settings))


@pytest.mark.parametrize(
    ("path", "files"),
    [
        ("memory://bucket/in", {"a.csv", "sub/b.csv.gz"}),
        ("memory://bucket/in/*.csv", {"a.csv"}),
        ("memory://bucket/in/**/*.csv*", {"a.csv", "sub/b.csv.gz"}),
        ("memory://bucket/*/a.csv", {"in/a.csv"}),
        ("memory://bucket/in/a.csv", {"a.csv"}),
    ],
)
def test_a_folder_a_pattern_and_an_object_land(company, store, path, files):
    store.write("in/a.csv", HEADER + "L1,O1,1,2\n")
    store.write("in/sub/b.csv.gz", gzip.compress((HEADER + "L2,O1,1,2\n").encode()))
    store.write("in/.hidden.csv", HEADER + "L3,O1,1,2\n")
    store.write("in/notes.md", "no delivery")
    sources(company, path)
    company.land()
    assert {file for _, file in company.query(KEYS)} == files
    assert not list(company.settings.landing.glob(".tmp-*"))


@pytest.mark.parametrize(
    "name",
    [
        "x\\..\\..\\evil.csv",
        "a" * 250 + ".csv",
        "x." + "y" * 240 + ".csv",
        "'; $(x) [a].csv",
        "b..csv/b.csv",
    ],
)
def test_an_object_may_be_called_anything(company, store, monkeypatch, name):
    places = []
    real = objects.Store.download

    def seen(self, remote):
        real(self, remote)
        places.append(remote.file.path)

    monkeypatch.setattr(objects.Store, "download", seen)
    store.write(f"in/{name}", HEADER + "L1,O1,1,2\n")
    sources(company, "memory://bucket/in")
    company.land()
    [path] = places
    assert company.query(KEYS) == [("L1", name)]
    assert path.parent.parent.parent == company.settings.landing
    assert len(path.name) < 60
    assert not path.exists()


def test_downloads_are_closed_to_others(company, store, monkeypatch):
    modes = []
    real = objects.Store.download

    def seen(self, remote):
        real(self, remote)
        modes.append(remote.file.path.parent.stat().st_mode & 0o777)

    monkeypatch.setattr(objects.Store, "download", seen)
    store.write("in/a.csv", HEADER + "L1,O1,1,2\n")
    sources(company, "memory://bucket/in")
    company.land()
    assert modes == [0o700]


def test_what_has_not_changed_is_not_downloaded_again(company, store):
    store.write("in/a.csv", HEADER + "L1,O1,1,2\n")
    store.write("in/b.csv", HEADER + "L2,O1,1,2\n")
    sources(company, "memory://bucket/in")
    company.land()
    report = company.land()
    assert [file.outcome for file in report.files] == [Outcome.KNOWN] * 2
    store.write("in/b.csv", HEADER + "L2,O1,1,3\n")
    store.write("in/c.csv", HEADER + "L1,O1,1,2\n")  # what a.csv holds
    report = company.land()
    assert store.downloads == ["a.csv", "b.csv", "b.csv", "c.csv"]
    assert [file.file for file in report.landed] == ["b.csv"]
    assert "c.csv (order_lines): the same content as a.csv, which has landed; counted once." in (
        report.messages
    )


def test_a_changed_mapping_downloads_again(company, store):
    store.write("in/a.csv", HEADER + "L1,O1,1,2\n")
    sources(company, "memory://bucket/in")
    company.land()
    sources(company, "memory://bucket/in", "types: {price: amount}")
    company.land()
    assert store.downloads == ["a.csv", "a.csv"]
    assert len(company.query(KEYS)) == 1


def test_what_could_not_land_is_downloaded_again(company, store):
    store.write("in/a.csv", HEADER + "L1,O1,no number,2\n")
    sources(company, "memory://bucket/in")
    company.fails()
    sources(company, "memory://bucket/in", "max_rejected_share: 1")
    company.land()
    assert store.downloads == ["a.csv", "a.csv"]


def test_an_object_that_changes_while_it_is_read_is_refused(company, store, monkeypatch):
    store.write("in/a.csv", HEADER + "L1,O1,1,2\n")
    sources(company, "memory://bucket/in")
    system = type(store.system)
    real = system.get_file

    def changed(self, rpath, lpath, **options):
        real(self, rpath, lpath, **options)
        store.write("in/a.csv", HEADER + "L1,O1,1,2\nL2,O1,1,2\n")

    with monkeypatch.context() as patch:
        patch.setattr(system, "get_file", changed)
        [problem] = company.fails()
    assert "a.csv: changed while it was read" in problem
    assert company.query(KEYS) == []
    company.land()
    assert len(company.query(KEYS)) == 2


def test_nothing_is_downloaded_where_another_source_is_wrong(company, store):
    store.write("in/a.csv", HEADER + "L1,O1,1,2\n")
    sources(company, "memory://bucket/in")
    text = (company.folder / "sources.yml").read_text()
    company.write(
        "sources.yml",
        text
        + text.split("sources:")[1]
        .replace("shop", "other")
        .replace("memory://bucket/in", "none.csv"),
    )
    [problem] = company.fails()
    assert "none.csv" in problem
    assert store.downloads == []


def test_a_local_address_is_a_file_system_too(company, store):
    path = company.write("in/a.csv", HEADER + "L1,O1,1,2\n")
    sources(company, f'"file://{path.parent}/*.csv"')
    company.land()
    company.land()
    os.utime(path, ns=(1, 1))
    company.land()
    assert store.downloads == ["a.csv", "a.csv"]
    assert company.query(KEYS) == [("L1", "a.csv")]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("memory://bucket/none", "line 5: source 'shop' has no file there (memory://bucket/none)"),
        ("memory://bucket/*.csv", "line 5: source 'shop' has no file there"),
        ("nowhere://bucket/in", "line 5: cannot be read: ValueError: Protocol not known"),
        ("gs://bucket/in", "line 5: Please install gcsfs to access Google Storage"),
        (
            "s3://bucket/in/a.csv\n    storage_options: {key: AKIAKEY, secret: very-secret,"
            " endpoint_url: http://127.0.0.1:1}",
            "line 5: cannot be read: ",
        ),
    ],
)
def test_a_mistake_is_named_without_secrets(company, store, monkeypatch, path, expected):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    sources(company, path)
    [problem] = company.fails()
    assert expected in problem
    assert "very-secret" not in problem


def test_options_are_not_shown_where_they_are_wrong(company):
    sources(company, "memory://bucket/in", "storage_options: very-secret")
    [problem] = company.fails()
    assert "line 6: 'storage_options'" in problem
    assert "very-secret" not in problem
