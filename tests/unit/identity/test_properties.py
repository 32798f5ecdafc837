"""What holds for any data: order changes nothing, keys stay, short cuts lose nobody."""

from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import phonenumbers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.identity.conftest import Company

CASES = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
REGIONS = ("DE", "RU", "US", "GB", "FR", "IT", "AR", "MX", "BR", "AD", "KZ", "JP", "IN", "NU")

records = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from([f"c{n}" for n in range(12)]),
        "email": st.sampled_from([None, *(f"{name}@example.com" for name in "abcde")]),
        "phone": st.sampled_from([None, *(f"+49 30 1234567{n}" for n in range(5))]),
        "merged_into_id": st.sampled_from([None, None, None, "c0", "c5", "c11"]),
        "first_name": st.sampled_from([None, "Anna", "Berta", "Carla", "Dora"]),
    }
)


def company_of(batches: list[list[dict[str, str | None]]], folder: Path) -> Company:
    company = Company(folder)
    for batch in batches:
        company.land("customers", *batch)
    return company


@CASES
@given(
    st.lists(records, min_size=2, max_size=30, unique_by=lambda row: row["customer_id"]),
    st.randoms(),
)
def test_the_order_of_rows_and_files_changes_nothing(rows, rng):
    shuffled = list(rows)
    rng.shuffle(shuffled)
    middle = rng.randint(0, len(rows))
    tables = "customer_keys", "customer_members", "customer_links", "ignored_identifiers"
    results = []
    for batches in ([rows], [shuffled[:middle], shuffled[middle:]]):
        with TemporaryDirectory() as folder:
            company = company_of(batches, Path(folder))
            company.resolve()
            results.append([company.table(name) for name in tables])
    assert results[0] == results[1]


@CASES
@given(st.lists(st.lists(records, min_size=1, max_size=8), min_size=2, max_size=4))
def test_no_key_changes_but_by_a_recorded_merge_or_split(batches):
    with TemporaryDirectory() as folder:
        company, before, recorded = Company(Path(folder)), {}, []
        for batch in batches:
            company.land("customers", *batch)
            after = company.resolve()
            changes = company.table(
                "customer_key_changes",
                "change_number, customer_id, previous_customer_key, customer_key",
            )
            assert changes[: len(recorded)] == recorded, "history is rewritten"
            news = {name: (old, new) for _, name, old, new in changes[len(recorded) :]}
            assert news == {
                name: (key, after[name]) for name, key in before.items() if after[name] != key
            }
            before, recorded = after, changes
        # The same landing and registry once more: nothing happens.
        assert company.resolve() == before
        assert len(company.table("customer_key_changes")) == len(recorded)


def spellings(region: str) -> st.SearchStrategy[str]:
    """A number of a region, as people write it down."""
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    examples = [
        number
        for kind in kinds
        if (number := phonenumbers.example_number_for_type(region, kind)) is not None
    ]
    formats = (
        phonenumbers.PhoneNumberFormat.E164,
        phonenumbers.PhoneNumberFormat.INTERNATIONAL,
        phonenumbers.PhoneNumberFormat.NATIONAL,
        phonenumbers.PhoneNumberFormat.RFC3966,
    )
    written = [phonenumbers.format_number(n, style) for n in examples for style in formats]
    bare = ["".join(c for c in text if c.isdigit()) for text in written]
    odd = [f"{text} ext. 7" for text in written] + [f"({text})" for text in bare]
    slashed = [text.replace(" ", "/", 1) for text in written]
    return st.sampled_from([*written, *bare, *odd, *slashed])


numbers = st.sampled_from(REGIONS).flatmap(
    lambda region: st.tuples(spellings(region), st.sampled_from([region, "DE", None]))
)


@CASES
@given(st.lists(numbers, min_size=2, max_size=40))
def test_no_number_that_two_share_is_passed_over_by_the_short_cut(written):
    def e164(phone: str, region: str | None) -> str | None:
        try:
            number = phonenumbers.parse(phone, region)
        except phonenumbers.NumberParseException:
            return None
        text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        national = phonenumbers.national_significant_number(number)
        placeholder = len(set(national)) == 1 or any(d in text for d in ("123456789", "987654321"))
        return text if phonenumbers.is_valid_number(number) and not placeholder else None

    with TemporaryDirectory() as folder:
        company = Company(Path(folder)).rule(max_shared_identity=100)
        rows = [
            {"customer_id": f"{n:03}", "phone": phone, "country": region}
            for n, (phone, region) in enumerate(written)
        ]
        keys = company.land("customers", *rows).resolve()
    for one, other in combinations(rows, 2):
        number = e164(one["phone"], one["country"])
        same = number is not None and number == e164(other["phone"], other["country"])
        joined = keys[one["customer_id"]] == keys[other["customer_id"]]
        assert joined == same, (one, other, number)
