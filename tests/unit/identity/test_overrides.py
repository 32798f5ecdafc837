"""What people decided by hand wins over everything that the data say."""

import pytest

from orchestration.identity.errors import IdentityError
from orchestration.identity.overrides import read_overrides

HEADER = "identity_a,identity_b,decision,reason,decided_on,decided_by\n"
ANNA = {"email": "anna@example.com"}
PHONE = {"phone": "+493012345678"}


def test_a_join_needs_no_evidence(company):
    company.customer("a").order("1", customer_id="b").decide(("b", "join", "a"))
    assert company.customers() == {frozenset({"a", "b"})}
    assert company.table("customer_links", "rule, evidence, source_name, is_joined") == [
        ("manual", "because 2", "identity_overrides", True)
    ]


def test_a_join_holds_for_test_records_and_across_guards(company):
    company.customer("a").customer("t", is_test=True).decide(("a", "join", "t"))
    assert company.customers() == {frozenset({"a", "t"})}


def test_a_split_holds_against_every_rule(company):
    company.customer("a", merged_into_id="b", external_ids={"x": "1"}, **ANNA, **PHONE)
    company.customer("b", external_ids={"x": "1"}, **ANNA, **PHONE)
    company.decide(("a", "split", "b"))
    assert company.customers() == set()
    assert set(company.table("customer_links", "rule, is_joined")) == {
        (rule, False) for rule in ("crm_merge", "external_id", "email", "phone")
    }


def test_of_a_chain_between_the_two_the_weakest_link_is_left_out(company):
    # a –address– x –number– b: the number is the weaker.
    company.customer("a", **ANNA).customer("x", **ANNA, **PHONE).customer("b", **PHONE)
    company.decide(("a", "split", "b"))
    assert company.customers() == {frozenset({"a", "x"})}
    # a –number– x –address– b
    company.customer("b", **ANNA, updated_at="2026-01-01 00:00:00+00")
    company.decide(("a", "split", "b"), ("a", "split", "x"))
    assert company.customers() == {frozenset({"b", "x"})}


def test_a_split_leaves_others_with_those_they_are_linked_to(company):
    for name in "abcd":
        company.customer(name, **ANNA)
    company.decide(("a", "split", "c")).rule(max_shared_identity=9)
    # b and d are linked to a, the smallest, and c to nobody that is not.
    assert company.customers() == {frozenset({"a", "b", "d"})}
    company.decide(("a", "split", "c"), ("a", "split", "d"))
    assert company.customers() == {frozenset({"a", "b"}), frozenset({"c", "d"})}


def test_a_split_of_those_whom_nothing_links_changes_nothing(company):
    company.customer("a", **ANNA).customer("b", **ANNA).customer("c")
    company.decide(("a", "split", "c"))
    assert company.customers() == {frozenset({"a", "b"})}


def test_joins_and_splits_that_contradict_each_other_are_named(company):
    company.customer("a").customer("b").customer("c")
    company.decide(("a", "join", "b"), ("b", "join", "c"), ("a", "split", "c"))
    with pytest.raises(IdentityError) as caught:
        company.resolve()
    assert str(caught.value) == (
        "seeds/identity_overrides.csv line 3: with the joins before it, the join of 'b' and 'c' "
        "brings 'a' and 'c' together, which seeds/identity_overrides.csv line 4 keeps apart. "
        "Take one of the two back."
    )


def test_a_decision_about_somebody_unknown_waits(company):
    company.customer("a", **ANNA).decide(("a", "join", "z"), ("y", "split", "z"))
    assert company.resolve() == {"a": 1}
    company.customer("z")
    assert company.customers() == {frozenset({"a", "z"})}


def test_the_seed_is_read(tmp_path):
    seed = tmp_path / "identity_overrides.csv"
    seed.write_text(
        HEADER + 'b,a,join,"the same, by phone",2026-01-31,Olga\n\n1,2,split,x,2026-01-31,Jo\n'
    )
    first, second = read_overrides(seed)
    assert (first.first, first.second, first.decision, first.reason, first.line) == (
        "a", "b", "join", "the same, by phone", 2,
    )  # fmt: skip
    assert (second.decision, second.place) == ("split", "seeds/identity_overrides.csv line 4")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a,b,merge,x,2026-01-31,Jo", "decision is 'merge'; write join or split"),
        ("a,a,join,x,2026-01-31,Jo", "both identities are 'a'"),
        ("a,,join,x,2026-01-31,Jo", "identity_b is empty"),
        ("a,b,join,,2026-01-31,Jo", "reason is empty"),
        ("a,b,join,x,31.01.2026,Jo", "decided_on is '31.01.2026'; write it as YYYY-MM-DD"),
        ("a,b,join,x,2026-01-31", "5 columns instead of 6"),
        ("y,x,split,x,2026-01-31,Jo", "the pair stands in line 2 already"),
    ],
)
def test_a_line_that_cannot_be_followed_is_named(tmp_path, line, expected):
    seed = tmp_path / "identity_overrides.csv"
    seed.write_text(f"{HEADER}x,y,join,x,2026-01-31,Jo\n{line}\n")
    with pytest.raises(IdentityError) as caught:
        read_overrides(seed)
    [problem] = caught.value.problems
    assert problem.startswith("seeds/identity_overrides.csv line 3: ")
    assert expected in problem


def test_a_seed_with_other_columns_is_refused(tmp_path):
    seed = tmp_path / "identity_overrides.csv"
    seed.write_text("a,b,decision\n")
    with pytest.raises(IdentityError, match="the first line has to be identity_a,identity_b"):
        read_overrides(seed)
