"""A data folder from a backup: landing and state are there, rooms and deliveries may be gone."""

import os
import shutil

import pytest

from orchestration.landing import quarantine

HEADER = "id,order,quantity,price,at\n"
LINES = HEADER + "L1,O1,2,3.50,2024-01-31 10:00:00\nL2,O1,two,3.50,2024-01-31 10:00:00\n"


@pytest.fixture
def landed(shop):
    company = shop(settings="max_rejected_share: 1")
    company.write("lines.csv", LINES)
    company.land()
    return company


def test_quarantine_is_restored_from_landing(landed):
    before = landed.quarantine()
    assert len(before) == 1
    shutil.rmtree(landed.settings.quarantine)
    assert landed.quarantine() == before
    landed.land()
    assert len(list(landed.settings.quarantine.rglob(quarantine.FILE))) == 1
    assert landed.quarantine() == before


def test_what_is_in_quarantine_takes_no_space_twice(landed):
    [rejected] = landed.settings.quarantine.rglob(quarantine.FILE)
    [kept] = landed.settings.landing.rglob(quarantine.FILE)
    assert kept.samefile(rejected)


def test_where_there_are_no_hard_links_it_is_copied(landed, monkeypatch):
    def refused(*_):
        raise OSError

    [rejected] = landed.settings.quarantine.rglob(quarantine.FILE)
    content = rejected.read_bytes()
    rejected.unlink()
    monkeypatch.setattr(os, "link", refused)
    landed.land()
    assert rejected.read_bytes() == content


def test_deliveries_may_be_gone_after_a_restore(landed):
    (landed.folder / "lines.csv").unlink()
    report = landed.land()
    assert report.messages == ("source 'shop' has no file; what landed of it before counts.",)
    assert landed.query("select order_line_id from landing.order_lines") == [("L1",)]


def test_a_delivery_that_is_gone_from_a_folder_in_use_is_missed(landed):
    landed.settings.published.mkdir()
    (landed.folder / "lines.csv").unlink()
    [problem] = landed.fails()
    assert "source 'shop' has no file at" in problem
