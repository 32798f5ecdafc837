"""What joins nobody: role mailboxes, placeholders, what too many persons share."""

import pytest

from orchestration.identity.errors import IdentityError
from orchestration.identity.rules import load_rules, read_guards
from orchestration.settings import DBT_PROJECT, SettingsError

NAMES = ("Anna", "Berta", "Carla", "Dora", "Emma")


def persons(company, count, **columns):
    for number, name in enumerate(NAMES[:count]):
        company.customer(f"c{number}", first_name=name, last_name="Schmidt", **columns)


@pytest.mark.parametrize("identifier", [{"email": "all@example.com"}, {"phone": "+493012345678"}])
def test_what_more_persons_share_than_allowed_joins_nobody(company, identifier):
    company.rule(max_shared_identity=3)
    persons(company, 3, **identifier)
    assert company.customers() == {frozenset({"c0", "c1", "c2"})}
    persons(company, 4, **identifier)
    assert company.customers() == set()
    assert company.table("ignored_identifiers", "guard, records, persons") == [("shared", 4, 4)]


def test_persons_are_told_apart_by_their_names(company):
    company.rule(max_shared_identity=1)
    for number, name in enumerate(["Anna", "anna ", None, "ANNA"]):
        company.customer(f"c{number}", first_name=name, email="anna@example.com")
    # Three records of Anna and one without a name are two persons.
    assert company.customers() == set()
    company.rule(max_shared_identity=2)
    assert company.customers() == {frozenset({"c0", "c1", "c2", "c3"})}


def test_records_without_names_are_a_person_each(company):
    company.rule(max_shared_identity=2)
    for number in range(3):
        company.customer(f"c{number}", phone="+493012345678")
    assert company.customers() == set()


def test_orders_of_guests_are_no_further_persons(company):
    company.rule(max_shared_identity=1).customer("c", first_name="Anna", email="anna@example.com")
    for number in range(9):
        company.order(f"{number}", email="anna@example.com")
    assert company.customers() == {frozenset({"c", *(f"guest:{n}" for n in range(9))})}


def test_a_shared_external_id_joins_nobody(company):
    company.rule(max_shared_identity=2)
    persons(company, 3, external_ids={"loyalty": "1"})
    assert company.customers() == set()


@pytest.mark.parametrize(
    ("guard", "columns"),
    [
        (("mailbox", "info"), {"email": "Info@example.com"}),
        (("email", "till@shop.example"), {"email": "till@shop.example"}),
        (("phone", "+493012345678"), {"phone": "030 12345678"}),
        (("external_id", "7"), {"external_ids": {"loyalty": "7"}}),
        (("external_id", "loyalty:7"), {"external_ids": {"loyalty": "7"}}),
    ],
)
def test_what_the_seed_lists_joins_nobody(company, guard, columns):
    for name in ("a", "b"):
        company.customer(name, **columns)
    assert company.customers() == {frozenset({"a", "b"})}
    company.rule(guards={guard: "role"})
    assert company.customers() == set()
    [(kind, evidence, why)] = company.table("ignored_identifiers", "kind, evidence, guard")
    assert why == "role"
    assert kind in {"email", "phone", "external_id"}
    assert "…" in evidence
    assert "12345678" not in evidence


@pytest.mark.parametrize(
    ("phone", "country"),
    [
        ("0000000000", "DE"),
        ("+49 3333333333", "DE"),
        ("+7 999 999-99-99", "RU"),
        ("1234567890", "US"),
        ("+49 1512 3456789", "DE"),
        ("12345", "DE"),
        ("0", "DE"),
    ],
)
def test_placeholders_are_nobodys_number(company, phone, country):
    company.customer("a", phone=phone, country=country).customer("b", phone=phone, country=country)
    assert company.customers() == set()


def test_the_seed_knows_common_role_mailboxes_and_placeholders():
    guards = load_rules().guards
    for mailbox in ("info", "noreply", "no-reply", "sales", "office", "kontakt", "test", "none"):
        assert ("mailbox", mailbox) in guards


def test_a_seed_that_cannot_be_followed_is_named_line_by_line(tmp_path):
    seed = tmp_path / "identity_guards.csv"
    seed.write_text(
        "kind,value,guard\nmail,info,role\nphone,030 1,x\nemail,,x\n\nemail,a@b.de,own\n"
    )
    with pytest.raises(IdentityError) as caught:
        read_guards(seed)
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        f"seeds/identity_guards.csv line {line}" for line in (2, 3, 4)
    ]
    seed.write_text("kind;value;guard\n")
    with pytest.raises(IdentityError, match="the first line has to be kind,value,guard"):
        read_guards(seed)


@pytest.mark.parametrize(
    ("line", "wrong", "expected"),
    [
        ("unit_of_analysis: person", "unit_of_analysis: family", "'family'; write person, house"),
        ("max_shared_identity: 3", "max_shared_identity: many", "'many'; write a whole number"),
        ("max_household_size: 8", "max_household_size: 0", "0; write a whole number from 1"),
    ],
)
def test_a_setting_that_cannot_be_followed_is_named(tmp_path, line, wrong, expected):
    project = (DBT_PROJECT / "dbt_project.yml").read_text()
    assert line in project
    (tmp_path / "dbt_project.yml").write_text(project.replace(line, wrong))
    (tmp_path / "seeds").symlink_to(DBT_PROJECT / "seeds")
    with pytest.raises(SettingsError, match=expected):
        load_rules(tmp_path)
