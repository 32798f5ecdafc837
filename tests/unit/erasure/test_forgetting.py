"""What is left of a person who has been forgotten, and that nothing else changes."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from orchestration.erasure import (
    ErasureError,
    Step,
    begin,
    check_none_cut_off,
    find_person,
    finish,
    forget,
    read_pending,
)
from orchestration.identity import load_rules, resolve
from orchestration.landing import Ledger
from orchestration.landing.corrections.desk import export, requeue
from orchestration.landing.corrections.quarantined import EntryFilter
from orchestration.landing.corrections.sheet import read_sheet, write_sheet
from orchestration.landing.erased import ErasureList, keyed_sql
from tests.unit.erasure.conftest import CUSTOMERS, ORDERS, Company

DAY = date(2025, 6, 1)


def erase(company: Company, customer_id: str = "K-00017") -> None:
    person = find_person(company.settings, load_rules(), customer_id)
    begin(company.settings, person, DAY, lambda _text: None)


def rows(company: Company, entity: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for part in sorted(company.settings.landing.glob(f"{entity}/batch=*/part-*.parquet")):
        found += pq.read_table(part).to_pylist()
    return sorted(found, key=lambda row: row["_row"])


def all_texts(folder: Path) -> str:
    """Every file of a folder, Parquet as the texts of its cells."""
    texts = []
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            texts.append(repr(pq.read_table(path).to_pylist()))
        elif path.is_file():
            texts.append(path.read_bytes().decode("latin-1"))
    return "\n".join(texts)


def test_the_hash_in_sql_is_the_hmac_of_the_standard() -> None:
    key = bytes(range(32))
    with duckdb.connect() as connection:
        row = connection.execute("select " + keyed_sql(key, "'id:Жанна'")).fetchone()
    assert row == (hmac.new(key, "id:Жанна".encode(), hashlib.sha256).hexdigest(),)


def test_a_person_is_all_identities_that_share_an_identifier(company: Company) -> None:
    person = find_person(company.settings, load_rules(), "K-00018")
    assert person.identities == ("K-00017", "K-00018", "guest:3")
    assert person.mailboxes == ("anna.berg@example.com",)
    assert person.numbers == ("491712345678",)
    assert "anna" not in person.said().lower()


def test_an_id_that_nobody_has_is_one_clear_error(company: Company) -> None:
    with pytest.raises(ErasureError, match="No customer 'K-99' has landed"):
        find_person(company.settings, load_rules(), "K-99")


def test_nothing_personal_is_left_and_figures_stay(company: Company) -> None:
    before = rows(company, "orders")
    erase(company)
    for room in (company.settings.landing, company.settings.quarantine):
        texts = all_texts(room).lower()
        for identifier in ("'anna", "k-00017", "k-00018", "1712345678", "tea", "1980"):
            assert identifier not in texts, (room.name, identifier)
        assert texts.replace("johanna.berg@example.com", "").count("anna.berg@example.com") == 0
    first, second, other = rows(company, "customers")
    assert first["customer_id"] != second["customer_id"]
    assert first["customer_id"].startswith("erased:")
    assert (first["email"], first["birth_date"], first["extra"]) == (None, None, None)
    assert first["country"] == "DE"
    assert (other["customer_id"], other["first_name"]) == ("K-00019", "Johanna")
    assert other["email"] == "johanna.berg@example.com"
    after = rows(company, "orders")
    figures = ("order_id", "ordered_at", "gross_amount", "currency", "_row", "_batch")
    assert [[row[name] for name in figures] for row in after] == [
        [row[name] for name in figures] for row in before
    ]
    assert after[0]["customer_id"] == first["customer_id"]
    assert after[1]["customer_id"] == "K-00019"
    assert after[2]["customer_id"].startswith("guest:erased:")


def test_an_objection_stays_one(company: Company) -> None:
    erase(company)
    [row] = rows(company, "suppressions")
    assert row["identifier"] == hashlib.sha256(b"anna.berg@example.com").hexdigest()


def test_a_rejected_row_of_the_person_says_why_and_no_more(company: Company) -> None:
    [path] = company.settings.quarantine.glob("customers/batch=*/rejected.parquet")
    [before] = pq.read_table(path).to_pylist()
    assert "anna" in before["raw_row"].lower()
    metadata = pq.read_schema(path).metadata
    erase(company)
    [after] = pq.read_table(path).to_pylist()
    assert (after["value"], after["raw_row"], after["record"]) == (None, "(erased)", None)
    assert (after["line"], after["reason"]) == (before["line"], before["reason"])
    assert pq.read_schema(path).metadata == metadata
    kept = company.settings.landing / path.relative_to(company.settings.quarantine)
    assert kept.samefile(path)


def test_the_person_keeps_the_key_and_stays_one(company: Company) -> None:
    def keys() -> list[int]:
        path = company.settings.identity / "customer_keys.parquet"
        return sorted(row["customer_key"] for row in pq.read_table(path).to_pylist())

    before = keys()
    erase(company)
    resolution = resolve(company.settings, load_rules())
    assert keys() == before
    assert (resolution.merged, resolution.split) == (0, 0)


def test_what_is_delivered_again_does_not_bring_the_person_back(company: Company) -> None:
    erase(company)
    again = CUSTOMERS + "K-00021,anna.berg@example.com,,Anna D,DE,,2025-04-01,again\n"
    company.deliver(customers_2=again, orders_2=ORDERS.replace("30.25", "31.25"))
    texts = all_texts(company.settings.landing).lower() + all_texts(company.settings.quarantine)
    assert "k-00017" not in texts
    assert "'anna" not in texts
    assert texts.replace("johanna.berg@example.com", "").count("anna.berg@example.com") == 0
    with Ledger(company.settings.state) as ledger:
        [batch] = [one for one in ledger.batches() if one.file == "customers_2.csv"]
    assert (batch.counts.read, batch.counts.accepted, batch.counts.rejected) == (5, 4, 1)
    names = {row["customer_id"] for row in rows(company, "customers")}
    assert len(names) == 4  # two pseudonyms, K-00019, and the new id without a contact


def test_a_corrected_row_is_forgotten_with_its_correction(company: Company) -> None:
    """Also where a changed mapping lands everything anew: nothing comes back."""
    table = company.settings.data_dir / "fix.csv"
    export(company.settings, EntryFilter(), table)
    columns, [row] = read_sheet(table)
    write_sheet(table, columns, [{**row.cells, "born": "1980-02-03"}])
    requeue(table, company.config(), company.settings, lambda _event: None)
    table.unlink()
    assert any(row["customer_id"] == "K-00020" for row in rows(company, "customers"))
    erase(company)
    assert read_pending(company.settings).person.identities == (  # type: ignore[union-attr]
        "K-00017", "K-00018", "K-00020", "guest:3",
    )  # fmt: skip
    [fix] = (company.settings.landing / "corrections").glob("fix-*.parquet")
    [kept] = pq.read_table(fix).to_pylist()
    assert (kept["original"], kept["changes"]) == (None, "{}")
    file = company.settings.sources_file
    file.write_text(file.read_text().replace("first_name: name", "last_name: name"))
    company.deliver()
    texts = all_texts(company.settings.landing).lower()
    assert "k-00020" not in texts
    assert texts.replace("johanna.berg@example.com", "").count("anna.berg@example.com") == 0


@pytest.mark.parametrize(
    "step",
    [
        "write_removes",
        "scrub_landing",
        "mask_quarantine",
        "mask_corrections",
        "rename_in_registry",
        "_derived",
    ],
)
@pytest.mark.parametrize("is_done", [False, True])
def test_an_erasure_that_is_cut_off_goes_on(
    make_company: Callable[[str], Company],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    is_done: bool,
) -> None:
    whole, cut = make_company("whole"), make_company("cut")
    for one in (whole, cut):
        (one.settings.state / "erasure.key").write_bytes(b"k" * 32)
    erase(whole)
    real = getattr(forget, step)

    def killed(*arguments: Any) -> None:
        if is_done:
            real(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(forget, step, killed)
        with pytest.raises(KeyboardInterrupt):
            erase(cut)
    with pytest.raises(ErasureError, match="retention forget --yes"):
        check_none_cut_off(cut.settings)
    pending = read_pending(cut.settings)
    assert pending
    begin(cut.settings, pending.person, DAY, lambda _text: None)
    check_none_cut_off(cut.settings)
    assert all_texts(cut.settings.landing) == all_texts(whole.settings.landing)
    registry = "customer_keys"
    assert all_texts(cut.settings.state / registry) == all_texts(whole.settings.state / registry)
    assert ErasureList.read(cut.settings.state) == ErasureList.read(whole.settings.state)


def test_the_proof_names_the_file_in_which_something_is_left(company: Company) -> None:
    erase(company)
    resolve(company.settings, load_rules())
    forgotten = company.settings.data_dir / "notes" / "call.txt"
    forgotten.parent.mkdir()
    forgotten.write_text("call Anna.Berg@example.com, not johanna.berg@example.com")
    with pytest.raises(ErasureError, match=r"still in: notes/call\.txt"):
        finish(company.settings, (), lambda _text: None)
    forgotten.write_text("call johanna.berg@example.com")
    searched = finish(company.settings, (), lambda _text: None)
    assert [path.name for path in searched.deliveries] == [
        "customers_1.csv", "objections_1.csv", "orders_1.csv",
    ]  # fmt: skip
    assert read_pending(company.settings) is None


def test_forgetting_again_says_that_it_is_done(company: Company) -> None:
    erase(company)
    resolve(company.settings, load_rules())
    finish(company.settings, (), lambda _text: None)
    with pytest.raises(ErasureError, match="forgotten already"):
        find_person(company.settings, load_rules(), "K-00018")


def test_a_step_is_kept_until_the_proof(company: Company) -> None:
    erase(company)
    pending = read_pending(company.settings)
    assert pending
    assert pending.step is Step.REBUILD
