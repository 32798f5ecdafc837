"""A requeue that is cut off loses and doubles nothing."""

import importlib

import pytest

from orchestration.landing import Ledger, land, load_sources
from tests.unit.landing.corrections.conftest import (
    LANDED,
    STATES,
    WHOLE,
    batches,
    corrected,
    requeued,
)


class CutOffError(Exception):
    """The plug is pulled."""


@pytest.mark.parametrize(
    "step", ["add_fix", "open_correction", "do_piece", "put_in_place", "enter", "check_keys"]
)
@pytest.mark.parametrize("goes_on_with", ["requeue", "run"])
def test_a_requeue_that_is_cut_off_loses_and_doubles_nothing(shop, monkeypatch, step, goes_on_with):
    path = corrected(shop, {3: {"quantity": "7"}, 4: WHOLE, 6: {"price": "y"}})

    def cut_off(*_arguments, **_named):
        raise CutOffError

    module = {
        "add_fix": "corrections.desk", "open_correction": "land", "do_piece": "workers",
        "put_in_place": "jobs", "check_keys": "land",
    }  # fmt: skip
    with monkeypatch.context() as patch:
        if step == "enter":
            patch.setattr(Ledger, "enter", cut_off)
        else:
            where = importlib.import_module(f"orchestration.landing.{module[step]}")
            patch.setattr(where, step, cut_off)
        with pytest.raises((CutOffError, AssertionError)):
            requeued(shop, path)
    assert len(shop.query(LANDED)) in (1, 3)
    if goes_on_with == "run":
        config = load_sources(shop.settings.sources_file, {})
        land(config, shop.settings, lambda _event: None)
    requeued(shop, path)
    assert [row[0] for row in shop.query(LANDED)] == ["O1", "O2", "O3"]
    assert [row[2] for row in shop.query(STATES)] == ["closed", "closed", "open", "open"]
    assert [row[1:] for row in batches(shop)] == [(5, 1, 4, 0, False), (3, 2, 1, 0, True)]
    assert not list(shop.settings.data_dir.rglob(".tmp-*"))
    assert not list(shop.settings.landing.rglob(".aside-*"))
