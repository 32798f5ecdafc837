"""docs/settings.md: every variable and every seed, written from where they are declared.

`python -m orchestration.parameters.page` (`make settings`) writes it anew.
"""

from collections.abc import Iterable, Iterator

from orchestration.parameters.fields import what_to_write
from orchestration.parameters.project_file import WEIGHTS, WEIGHTS_TO_WRITE, shown_default
from orchestration.parameters.seed_file import SeedTable, file_of
from orchestration.parameters.seeds import seed_tables
from orchestration.parameters.variables import LoyaltyWeights, Variables, section_of
from orchestration.settings import REPOSITORY

PAGE = REPOSITORY / "docs" / "settings.md"
_INTRODUCTION = """\
# Settings of the metrics

<!-- Written by `make settings` from orchestration/parameters/variables.py and seeds/_seeds.yml. -->

What the definitions leave open is a variable of `dbt_project/dbt_project.yml` (`vars:`) or a seed
of `seeds/`. Both are checked before a run does anything: one that cannot be followed stops it with
all problems at once, each with its file, line, value and remedy. What a run was computed with
stands in `quality.run_parameters`: the value of every variable, whether it is the default, and the
hash of every seed.

What the definitions fix is not to be set: the 80 and 95 % between Pareto classes, the windows of
30, 60, 90, 180 and 365 days, the 90 days and three purchase days that a rising customer needs, the
±10 % by which thresholds are moved, five scores each of recency, frequency and monetary value, 9–10
and 0–6 of the recommendation score.
"""


def page(seeds: Iterable[SeedTable]) -> str:
    """The whole page, Markdown."""
    return "\n".join([_INTRODUCTION, *_variables(), *_seeds(seeds)])


def _variables() -> Iterator[str]:
    yield "## Variables\n"
    section = ""
    for name, field in Variables.model_fields.items():
        if section_of(name) != section:
            if section:
                yield ""
            section = section_of(name)
            yield f"### {section}\n"
            yield "| variable | default | may be | what it means |\n|---|---|---|---|"
        if name == WEIGHTS:
            default, write = "see below", WEIGHTS_TO_WRITE
        else:
            default, write = f"`{shown_default(Variables, name)}`", what_to_write(field)
        yield f"| `{name}` | {default} | {write.text} | {field.description} |"
        if name == WEIGHTS:
            for weight, of_weight in LoyaltyWeights.model_fields.items():
                value, text = shown_default(LoyaltyWeights, weight), what_to_write(of_weight).text
                yield f"| `{name}.{weight}` | `{value}` | {text} | Weight of {weight}. |"
    yield ""


def _seeds(seeds: Iterable[SeedTable]) -> Iterator[str]:
    yield "## Seeds\n"
    yield "CSV files in UTF-8, numbers with a point. Their columns are described in"
    yield "[`seeds/_seeds.yml`](../seeds/_seeds.yml) and on the page that `make docs` writes.\n"
    yield "| seed | what it holds | columns |\n|---|---|---|"
    for seed in seeds:
        columns = ", ".join(f"`{name}`" for name in seed.columns)
        yield f"| [`{seed.name}`](../{file_of(seed.name)}) | {seed.description} | {columns} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(seed_tables()), encoding="utf-8")
