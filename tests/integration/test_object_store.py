"""A bucket of an S3 server that the test starts itself."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.landing import Outcome, objects
from tests.integration.object_store import new_bucket, running_store
from tests.unit.landing.conftest import Company

SOURCES = """
sources:
  shop:
    kind: file
    path: s3://deliveries/%s
    storage_options:
      key: ${STORE_KEY}
      secret: ${STORE_SECRET}
      endpoint_url: ${STORE_ADDRESS}
    entities:
      order_lines:
        columns: {order_line_id: id, order_id: order, quantity: n, unit_price: price}
"""
HEADER = "id,order,n,price\n"
KEYS = "select order_line_id, _file from landing.order_lines order by 1"


class Bucket:
    """The bucket `deliveries`, and which of its objects were downloaded."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.client = new_bucket(environment, "deliveries")
        self.downloads: list[str] = []

    def write(self, key: str, text: str) -> None:
        body = text.encode()
        body = gzip.compress(body, mtime=0) if key.endswith(".gz") else body
        self.client.put_object(Bucket="deliveries", Key=key, Body=body)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Bucket]:
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))  # no keys of whoever runs the tests
    with running_store() as environment:
        bucket = Bucket(environment)
        real = objects.Store.download

        def counted(self: objects.Store, remote: objects.RemoteFile) -> None:
            bucket.downloads.append(remote.file.name)
            real(self, remote)

        monkeypatch.setattr(objects.Store, "download", counted)
        yield bucket


def test_a_bucket_lands_and_only_what_changed_is_downloaded(tmp_path: Path, bucket: Bucket) -> None:
    company = Company(tmp_path / "company")
    bucket.write("2024/a.csv.gz", HEADER + "L1,O1,1,2\n")
    bucket.write("2024/07/b.csv.gz", HEADER + "L2,O1,1,2\n" * 50_000)
    bucket.write("2023/c.csv.gz", HEADER + "L3,O1,1,2\n")
    company.sources(SOURCES % "2024/**/*.csv.gz")

    company.land(**bucket.environment)
    assert company.query("select distinct _file from landing.order_lines order by 1") == [
        ("07/b.csv.gz",), ("a.csv.gz",),
    ]  # fmt: skip
    report = company.land(**bucket.environment)
    assert [file.outcome for file in report.files] == [Outcome.KNOWN] * 2
    bucket.write("2024/a.csv.gz", HEADER + "L1,O1,1,3\n")
    bucket.write("2024/08/d.csv.gz", HEADER + "L4,O1,1,2\n")
    report = company.land(**bucket.environment)

    assert sorted(bucket.downloads) == ["07/b.csv.gz", "08/d.csv.gz", "a.csv.gz", "a.csv.gz"]
    assert sorted(file.file for file in report.landed) == ["08/d.csv.gz", "a.csv.gz"]
    assert not list(company.settings.data_dir.rglob("*.csv.gz"))  # nothing stays here


@pytest.mark.parametrize("path", ["2024", "2024/a.csv.gz"])
def test_a_folder_and_an_object_land(tmp_path: Path, bucket: Bucket, path: str) -> None:
    company = Company(tmp_path / "company")
    bucket.write("2024/a.csv.gz", HEADER + "L1,O1,1,2\n")
    company.sources(SOURCES % path)
    company.land(**bucket.environment)
    company.land(**bucket.environment)
    assert company.query(KEYS) == [("L1", "a.csv.gz")]
    assert bucket.downloads == ["a.csv.gz"]


def test_a_bucket_that_is_not_there_is_said(tmp_path: Path, bucket: Bucket) -> None:
    company = Company(tmp_path / "company")
    company.sources((SOURCES % "*.csv").replace("s3://deliveries", "s3://nowhere"))
    [problem] = company.fails(**bucket.environment)
    assert problem.startswith("sources.yml line 5: ")
    assert "nowhere" in problem
    assert "very-secret" not in problem
