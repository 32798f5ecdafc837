"""Customer keys: given once, kept whatever lands, changed by merges and splits alone."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.identity import registry, tables
from orchestration.identity.keys import settle

ANNA, BERTA = {"email": "anna@example.com"}, {"email": "berta@example.com"}
HISTORY = "change_number, customer_id, change, previous_customer_key, customer_key, reason, detail"


def test_new_customers_are_numbered_in_the_order_of_their_ids(company):
    for name in ("c", "a", "b"):
        company.customer(name)
    company.customer("d", **ANNA).customer("b", **ANNA)
    assert company.resolve() == {"a": 1, "b": 2, "c": 3, "d": 2}


def test_a_key_once_given_stays_when_customers_come_between(company):
    company.order("1", customer_id="b").order("2", customer_id="d").resolve()
    company.customer("a").customer("c")
    assert company.resolve() == {"b": 1, "d": 2, "a": 3, "c": 4}


def test_everybody_who_does_something_is_a_customer(company):
    company.land("referrals", {"referral_id": "1", "referrer_id": "r", "referred_id": "nobody"})
    company.land("refunds", {"refund_id": "1", "customer_id": "f"})
    company.land("order_lines", {"order_line_id": "1", "customer_id": "l"})
    assert set(company.resolve()) == {"r", "f", "l"}


def test_a_run_without_news_adds_nothing_to_the_registry(company):
    company.customer("a").resolve()
    company.resolve()
    assert len(registry.parts(company.settings)) == 1


def test_registries_of_before_there_were_changes_are_read(company):
    folder = company.settings.state / registry.FOLDER
    folder.mkdir(parents=True)
    part = pa.table({"customer_id": ["x", "b", "c"], "customer_key": pa.array([7, 8, 9])})
    pq.write_table(part, folder / "part-000003.parquet")
    company.customer("a").customer("b", **ANNA).customer("c", **ANNA)
    assert company.resolve() == {"x": 7, "b": 8, "c": 8, "a": 10}
    assert [path.name for path in registry.parts(company.settings)] == [
        "part-000003.parquet", "part-000004.parquet",
    ]  # fmt: skip


def test_a_newcomer_takes_the_key_of_those_who_are_known(company):
    company.customer("b", **ANNA).resolve()
    company.customer("a", **ANNA)
    assert company.resolve() == {"b": 1, "a": 1}
    assert company.table("customer_key_changes") == []


def test_a_merge_keeps_the_oldest_key_and_says_why(company):
    company.customer("a", **ANNA).customer("b", **BERTA).customer("c").resolve()
    company.customer("c", phone="+493012345678", **ANNA, updated_at="2026-01-02 00:00:00+00")
    company.customer("bridge", phone="+493012345678", **BERTA)
    assert company.resolve() == {"a": 1, "b": 1, "c": 1, "bridge": 1}
    assert company.table("customer_key_changes", HISTORY) == [
        (2, "b", "merge", 2, 1, "email", None),
        (2, "c", "merge", 3, 1, "email", None),
    ]
    [(batch,)] = set(company.table("customer_key_changes", "batch_sequence"))
    assert batch == company.sequence == 5


def test_a_split_by_hand_gives_everybody_back_the_key_that_was_theirs(company):
    company.customer("a").customer("b").customer("c", **ANNA).resolve()
    company.customer("b", **ANNA).customer("a", **ANNA)
    assert company.resolve() == {"a": 1, "b": 1, "c": 1}
    company.decide(("a", "split", "b"), ("b", "split", "c"))
    assert company.resolve() == {"a": 1, "b": 2, "c": 1}
    assert company.table("customer_key_changes", HISTORY)[-1] == (
        3, "b", "split", 1, 2, "manual", "because 2",
    )  # fmt: skip
    company.decide(("a", "split", "b"), ("b", "split", "c"), ("a", "split", "c"))
    assert company.resolve() == {"a": 1, "b": 2, "c": 3}


def test_who_never_had_a_key_of_their_own_gets_a_new_one(company):
    company.customer("a", **ANNA).customer("b", **ANNA).customer("c")
    assert company.resolve() == {"a": 1, "b": 1, "c": 2}
    company.decide(("a", "split", "b"))
    assert company.resolve() == {"a": 1, "b": 3, "c": 2}
    company.decide()
    assert company.resolve() == {"a": 1, "b": 1, "c": 2}
    company.decide(("a", "split", "b"))
    assert company.resolve() == {"a": 1, "b": 3, "c": 2}


def test_a_split_by_an_identifier_that_too_many_share_by_now_says_so(company):
    company.rule(max_shared_identity=2).customer("a", **ANNA).customer("b", **ANNA).resolve()
    company.customer("c", **ANNA)
    assert company.resolve() == {"a": 1, "b": 2, "c": 3}
    assert company.table("customer_key_changes", HISTORY) == [
        (2, "b", "split", 1, 2, "shared_identifier", None)
    ]


def test_a_split_because_the_evidence_is_gone_says_so(company):
    company.customer("a", merged_into_id="b").customer("b").resolve()
    company.customer("a", updated_at="2026-01-02 00:00:00+00")
    assert company.resolve() == {"a": 1, "b": 2}
    assert company.table("customer_key_changes", HISTORY) == [
        (2, "b", "split", 1, 2, "evidence_gone", None)
    ]


def test_parts_of_two_customers_that_become_one_keep_the_other_keys(company):
    company.customer("a", **ANNA).customer("b", **ANNA)
    company.customer("x", **BERTA).customer("y", **BERTA)
    assert company.resolve() == {"a": 1, "b": 1, "x": 2, "y": 2}
    company.decide(("a", "split", "b"), ("x", "split", "y"), ("b", "join", "x"))
    # b goes to x, whose key is theirs; y, alone now, needs a new one.
    assert company.resolve() == {"a": 1, "b": 2, "x": 2, "y": 3}
    assert company.table("customer_key_changes", HISTORY) == [
        (2, "b", "merge", 1, 2, "manual", "because 4"),
        (2, "y", "split", 2, 3, "manual", "because 3"),
    ]


def test_a_key_stays_when_its_customer_is_gone_for_a_while(company, tmp_path_factory):
    company.customer("a", **ANNA).customer("b", **ANNA).customer("c").resolve()
    later = type(company)(tmp_path_factory.mktemp("later"))
    later.settings = company.settings
    later.customer("b", **ANNA)
    assert later.resolve() == {"a": 1, "b": 1, "c": 2}
    later.customer("a", **ANNA).customer("d", **BERTA)
    assert later.resolve() == {"a": 1, "b": 1, "c": 2, "d": 3}


def test_a_run_killed_after_the_registry_comes_to_the_same_keys(company, monkeypatch):
    company.customer("a", **ANNA).customer("b").resolve()
    company.customer("b", **ANNA).customer("0")
    with monkeypatch.context() as broken:
        broken.setattr(tables, "write_tables", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            company.resolve()
    assert company.table("customer_keys", "customer_id, customer_key") == [("a", 1), ("b", 2)]
    assert company.resolve() == {"a": 1, "b": 1, "0": 3}
    assert len(registry.parts(company.settings)) == 2
    assert len(company.table("customer_key_changes")) == 1


def test_a_run_killed_before_the_registry_leaves_nothing(company, monkeypatch):
    company.customer("a")
    with monkeypatch.context() as broken:
        broken.setattr(registry, "write_aside_then_rename", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            company.resolve()
    assert registry.parts(company.settings) == []
    company.customer("0")
    assert company.resolve() == {"0": 1, "a": 2}


def test_disputed_keys_go_to_the_founders_part_one_each_and_back():
    # Key 1 was a's, 2 was b's, 3 was c's but is held by nobody now.
    rows = [("a", "a", 2), ("a", "b", 1), ("c", "c", 1), ("d", "d", 2), ("e", "e", None)]
    founders = {1: "a", 2: "b", 3: "c"}
    assert settle(rows, founders, held={1, 2}) == {"a": 1, "c": 3, "d": 2, "e": None}
