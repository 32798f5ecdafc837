"""docs/files.md: every setting is there, and every example lands as the page says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from orchestration.landing.expectations import Expectations, Rows, expected
from orchestration.landing.kinds import KINDS
from orchestration.landing.sources import Source
from orchestration.settings import REPOSITORY

PAGE = (REPOSITORY / "docs" / "files.md").read_text()
_BLOCK = re.compile(r"^```(\w+) ?([^\n]*)\n(.*?)^```$|(?:^\|[^\n]*\n)+", re.MULTILINE | re.DOTALL)


@dataclass
class Table:
    """What a query is expected to give: its columns and rows as texts."""

    name: str
    columns: list[str]
    rows: list[tuple[str, ...]]

    @property
    def query(self) -> str:
        columns = ", ".join(f"coalesce({column}::varchar, '')" for column in self.columns)
        if self.name == "quarantine":
            return f"select {columns} from landing._quarantine order by file, line"
        return f"select {columns} from landing.{self.name} order by _file, _row"


@dataclass
class Example:
    """A sources.yml, its files, and what lands of them."""

    sources: str
    files: dict[str, str] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)


def examples() -> Iterator[Example]:
    example: Example | None = None
    for found in _BLOCK.finditer(PAGE):
        language, name, content = found.groups()
        if language == "yaml":
            if example:
                yield example
            example = Example(content)
        elif language and example:
            example.files[name] = content
        elif example and (table := _table(found[0])):
            example.tables.append(table)
    if example:
        yield example


def _table(text: str) -> Table | None:
    header, _, *rows = [
        tuple(cell.strip() for cell in line.strip("|").split("|")) for line in text.splitlines()
    ]
    name, found, first = header[0].partition(".")
    return Table(name, [first, *header[1:]], rows) if found else None


EXAMPLES = list(examples())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: next(iter(e.files), "none"))
def test_an_example_lands_as_the_page_says(company, example):
    assert example.tables
    company.write("sources.yml", example.sources)
    for name, content in example.files.items():
        company.write(name, content)
    company.land()
    for table in example.tables:
        assert company.query(table.query) == table.rows


def test_there_are_examples():
    assert len(EXAMPLES) == 7


def test_every_setting_is_on_the_page_and_no_other():
    listed = set(re.findall(r"^\| `(\w+)` \|", PAGE.split("## CSV")[0], re.MULTILINE))
    assert listed == set(KINDS["file"].known)
    assert all(f"`{name}`" in PAGE or f"`{name}:" in PAGE for name in Rows.model_fields)


def test_the_defaults_on_the_page_are_those_of_the_program():
    told = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", PAGE, re.MULTILINE))
    assert expected(Expectations(), Expectations(), "orders").contract == told.pop("contract")
    assert told.pop("severity") == "warn"
    for name, default in told.items():
        real = Source.model_fields[name].default
        assert default == (str(real).lower() if isinstance(real, bool) else str(real))
