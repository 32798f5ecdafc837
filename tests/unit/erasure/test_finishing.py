"""The second half: what was published goes, every file is searched, and all of it is said."""

import csv
import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from orchestration import erasure_desk
from orchestration.erasure import ErasureError, begin, find_person, forget, read_pending
from orchestration.erasure_desk import begin_erasure, finish_erasure
from orchestration.identity import load_rules, resolve
from orchestration.identity.overrides import JOIN, Override
from orchestration.identity.rules import Rules
from tests.unit.erasure.conftest import CUSTOMERS, ORDERS, Company
from tests.unit.erasure.test_forgetting import DAY, all_texts

NEEDLES = ("k-00017", "k-00018", "'anna", "1712345678", '"anna')


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def release(company: Company, day: str, rows: list[list[str]]) -> None:
    """A released set with two audiences, the links to it."""
    exports = company.settings.exports
    folder = exports / ".sets" / f"{day}__s{day[-1]}"
    for audience in ("rtn_s01", "rtn_s02"):
        place = folder / "generic_csv" / audience
        place.mkdir(parents=True)
        with (place / "full.csv").open("w", newline="") as file:
            columns = ["customer_id", "email"]
            csv.writer(file).writerows([columns, *(rows if audience == "rtn_s02" else [])])
        write(place / "manifest.json", json.dumps({"files": []}))
    for name in (day, "latest"):
        (exports / name).unlink(missing_ok=True)
        (exports / name).symlink_to(folder.relative_to(exports))


def publish(company: Company, name: str, text: str) -> None:
    published = company.settings.published
    # Not a database, so that a search looks at its bytes.
    write(published / f"marts-{name}.duckdb", text)
    (published / "current.duckdb").unlink(missing_ok=True)
    (published / "current.duckdb").symlink_to(f"marts-{name}.duckdb")


def work(company: Company, monkeypatch: pytest.MonkeyPatch) -> Company:
    """Published and released with the person, erased, and published without."""
    monkeypatch.setattr("orchestration.erasure.search._in_duckdb", lambda *_: False)
    publish(company, "old", "anna.berg@example.com")
    release(company, "2025-05-29", [["K-00019", "johanna.berg@example.com"]])
    release(company, "2025-05-30", [["K-00017", "anna.berg@example.com"]])
    write(company.settings.exports / ".staging-1" / "generic_csv" / "a.csv", "K-00017,1")
    person = find_person(company.settings, load_rules(), "K-00017")
    begin(company.settings, person, DAY, lambda _text: None)
    resolve(company.settings, load_rules())
    publish(company, "new", "nobody")
    return company


def finish(company: Company) -> forget.Searched:
    return forget.finish(company.settings, (), lambda _text: None)


def tree(folder: Path) -> dict[str, str]:
    """Every file and link, with what is in it."""

    def content(path: Path) -> str:
        if path.is_symlink():
            return str(path.readlink())
        if path.suffix == ".parquet":
            return repr(pq.read_table(path).to_pylist())
        return path.read_bytes().decode("latin-1")

    return {
        str(path.relative_to(folder)): content(path)
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def test_exports_that_were_staged_and_not_released_are_gone_at_once(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    work(company, monkeypatch)
    assert not list(company.settings.exports.glob(".staging-*"))


def test_snapshots_and_sets_with_the_person_go_and_others_stay(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    work(company, monkeypatch)
    finish(company)
    exports = company.settings.exports
    assert [path.name for path in company.settings.published.glob("marts-*")] == [
        "marts-new.duckdb"
    ]
    assert [path.name for path in (exports / ".sets").iterdir()] == ["2025-05-29__s9"]
    assert not (exports / "2025-05-30").is_symlink()
    assert (exports / "latest").resolve().name == "2025-05-29__s9"
    assert (exports / "latest" / "generic_csv" / "rtn_s02" / "full.csv").exists()


def remove_a_half(folder: Path) -> None:
    """The file that says that the set holds the person goes first."""
    next(folder.glob("*/rtn_s02/full.csv")).unlink()


@pytest.mark.parametrize(
    ("module", "step"),
    [
        (forget, "_remove_snapshots"),
        (forget, "_remove_sets"),
        (forget, "_mend_links"),
        (forget, "_check_nothing_left"),
        (forget.pending, "remove_pending"),
        (shutil, "rmtree"),
    ],
)
@pytest.mark.parametrize("is_done", [False, True])
def test_what_is_cut_off_while_finishing_goes_on(
    make_company: Callable[[str], Company],
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    step: str,
    is_done: bool,
) -> None:
    whole, cut = make_company("whole"), make_company("cut")
    for one in (whole, cut):
        (one.settings.state / "erasure.key").write_bytes(b"k" * 32)
        work(one, monkeypatch)
    finish(whole)
    real = remove_a_half if module is shutil else getattr(module, step)

    def killed(*arguments: Any) -> None:
        if is_done:
            real(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, step, killed)
        with pytest.raises(KeyboardInterrupt):
            finish(cut)
    if step == "remove_pending" and is_done:
        assert read_pending(cut.settings) is None
    else:
        finish(cut)
    for room in ("published", "exports", "landing", "quarantine"):
        left = tree(cut.settings.data_dir / room)
        assert left == tree(whole.settings.data_dir / room), room
        if room != "exports":  # the removes name the person
            assert not [one for one in NEEDLES if one in repr(left).lower()]


def test_a_file_of_ours_that_cannot_be_read_is_no_success(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    work(company, monkeypatch)
    torn = company.settings.data_dir / "notes" / "old.csv.gz"
    torn.parent.mkdir()
    torn.write_bytes(gzip.compress(b"nobody" * 1000)[:-30])
    with pytest.raises(ErasureError, match=r"cannot be looked into: notes/old\.csv\.gz"):
        finish(company)
    assert read_pending(company.settings)
    torn.unlink()
    finish(company)
    assert read_pending(company.settings) is None


def test_deliveries_that_hold_the_person_or_cannot_be_read_are_named_and_not_touched(
    company: Company, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also those that lie outside of the data folder, packed, or in it but not in the inbox."""
    packed = company.inbox / "old" / "cards.csv.gz"
    packed.parent.mkdir()
    packed.write_bytes(gzip.compress(CUSTOMERS.encode()))
    (company.inbox / "locked.xlsx").write_bytes(b"\xd0\xcf\x11\xe0")
    (company.inbox / "others.csv").write_text("johanna.berg@example.com")
    outside, inside = tmp_path / "away", company.settings.data_dir / "drop"
    for folder in (outside, inside):
        folder.mkdir()
        (folder / "orders_9.csv").write_text(ORDERS)
        text = company.settings.sources_file.read_text()
        name = folder.name
        company.settings.sources_file.write_text(
            text
            + text[text.index("  shop:") : text.index("  objections:")]
            .replace("shop:", f"{name}:")
            .replace(str(company.inbox), f"{folder}/../{name}")
        )
    before = {path: path.read_bytes() for path in company.inbox.rglob("*") if path.is_file()}
    work(company, monkeypatch)
    said = finish_erasure(company.settings, lambda _text: None)
    held, unread = said.split("Whether these deliveries hold the person is not known")
    assert "nothing of the person is left" in held
    for name in ("inbox/old/cards.csv.gz", "inbox/customers_1.csv", "away/orders_9.csv",
                 "drop/orders_9.csv"):  # fmt: skip
        assert f"{name}\n" in held, name
    assert "others.csv" not in said
    assert "  inbox/locked.xlsx\n" in unread
    assert before == {path: path.read_bytes() for path in before}


def test_what_others_carry_too_is_said_to_stay(
    make_company: Callable[[str], Company], monkeypatch: pytest.MonkeyPatch
) -> None:
    company = make_company("shared")
    head, *_ = CUSTOMERS.splitlines()
    rows = [f"K-0003{n},info@example.com,,{name},DE,,2025-01-01," for n, name in enumerate("EI")]
    company.deliver(customers_3="\n".join([head, *rows])).resolve()
    told: list[str] = []
    assert begin_erasure(company.settings, "K-00030", True, told.append)
    assert "1 that others carry too" in told[0]
    resolve(company.settings, load_rules())
    said = finish_erasure(company.settings, lambda _text: None)
    assert "Not searched for: 1 addresses and numbers that others carry too." in said


def test_an_unknown_id_is_one_message_and_changes_nothing(company: Company) -> None:
    before = tree(company.settings.data_dir)
    for is_meant in (False, True):
        told: list[str] = []
        with pytest.raises(ErasureError, match="No customer 'K-99' has landed"):
            begin_erasure(company.settings, "K-99", is_meant, told.append)
        assert told == []
    assert {name: text for name, text in tree(company.settings.data_dir).items()
            if not name.endswith(".lock")} == before  # fmt: skip


def test_where_nothing_has_landed_nobody_is_known(tmp_path: Path) -> None:
    company = Company(tmp_path / "empty")
    with pytest.raises(ErasureError, match="No customer 'K-1' has landed"):
        begin_erasure(company.settings, "K-1", True, lambda _text: None)


def test_a_decision_about_the_person_has_to_go_before_the_run(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A seed is loaded into the warehouse: it would bring the id back."""
    rules = load_rules()
    decided = Rules(**{**vars(rules), "overrides": (Override("K-00017", "K-00019", JOIN, "x", 7),)})
    with monkeypatch.context() as patched:
        patched.setattr(erasure_desk, "load_rules", lambda: decided)
        with pytest.raises(ErasureError, match=r"seeds/identity_overrides\.csv line 7: names"):
            begin_erasure(company.settings, "K-00017", True, lambda _text: None)
    assert "johanna.berg@example.com" not in all_texts(company.settings.landing)
    assert begin_erasure(company.settings, "", True, lambda _text: None)
    resolution = resolve(company.settings, rules)
    assert resolution.customers == 1  # what it joined stays one
