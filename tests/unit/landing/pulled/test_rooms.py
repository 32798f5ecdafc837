"""Where the pages of a pull lie: a folder of its own, closed to others."""

import json

import pytest

from tests.unit.landing.pulled.conftest import SOURCES, CutOffError, Shelf, landed, order, room


def test_pages_are_closed_to_others(shop):
    company, shelf = shop
    shelf.cut_after = 1
    with pytest.raises(CutOffError):
        company.land()
    for folder in (company.settings.pulled, room(company)):
        assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "name", ["../../shop/1", "/srv/shop", "..", "шоп " * 70, "a=b*?[c]", "CON", "'; drop --"]
)
def test_a_folder_is_one_folder_whatever_the_source_is_called(company, pulls, name):
    company.sources(SOURCES.replace("shop:", f"{json.dumps(name, ensure_ascii=False)}:"))
    shelf = Shelf([order(n) for n in range(3)], cursor="changed", key=("id",), cut_after=1)
    pulls(shelf)
    before = sorted(company.folder.parent.iterdir())
    with pytest.raises(CutOffError):
        company.land()
    [folder] = company.settings.pulled.iterdir()
    assert folder == room(company, name)
    assert folder.resolve() == folder
    assert {path.name for path in company.folder.iterdir()} == {"data", "sources.yml"}
    assert sorted(company.folder.parent.iterdir()) == before
    shelf.cut_after = None
    company.land()
    assert len(landed(company)) == 3
    assert list(company.settings.pulled.iterdir()) == []


def test_sources_of_like_names_have_folders_of_their_own(company):
    names = ["shop", "Shop", "sh/op", "sh-op", "sh.op", "магазин", "аптека", "x" * 41, "x" * 42]
    assert len({room(company, name).name.lower() for name in names}) == len(names)
