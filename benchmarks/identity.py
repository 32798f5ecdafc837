"""Millions of normalised identities to components: `python -m benchmarks.identity [COUNT]`.

Makes the identities, labels them in a process of its own as the job does after normalising (guards,
groups, links, components), and prints a Markdown table. Nothing here fails for being slow.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from benchmarks.measure import Usage, measured, python
from orchestration.entities import ENTITIES
from orchestration.identity.graph import make_graph
from orchestration.identity.guards import make_ignored
from orchestration.identity.links import make_evidence
from orchestration.identity.rules import Rules
from orchestration.landing.landed import empty_select

IDENTITIES = 5_000_000
TARGET_SECONDS = 60
TARGET_GIB = 4
_MEMORY_LIMIT = "3GB"
_PER_PERSON = 1.6
_CHAIN = 100_000
_RULES = Rules()
_LABEL = "label"


@dataclass(frozen=True)
class Labelled:
    """What labelling cost and found. `usage`: the whole process, imports and reading included."""

    usage: Usage
    seconds: float
    identities: int
    links: int
    ignored: int
    components: int


def measure_identity(work: Path, identities: int = IDENTITIES) -> Labelled:
    """Makes so many identities in `work` and labels them in a process of its own."""
    work.mkdir(parents=True, exist_ok=True)
    file = work / "identities.parquet"
    make_identities(file, identities)
    usage = measured(python("-m", "benchmarks.identity", _LABEL, str(file)))
    return Labelled(usage, **json.loads(usage.output.strip().splitlines()[-1]))


def make_identities(file: Path, identities: int) -> None:
    """Writes customer_id, kind, value, sources of people who have 1.6 identities on average.

    A person has two addresses and two numbers, so that chains form; couples share a number; of
    every thousand persons one gives the till's address; and a hundred thousand identities are one
    chain, the worst that labelling can meet.
    """
    persons = int(identities / _PER_PERSON)
    with duckdb.connect(config={"memory_limit": _MEMORY_LIMIT}) as connection:
        connection.execute(f"""
            copy (
                with drawn as (
                    select identity, hash(identity) % {persons} as person,
                        hash(identity + 0.5) % 1000 as chance
                    from range({identities}) as listed(identity)
                ),

                carried as (
                    select identity, 'email' as kind, case
                        when identity < {_CHAIN} then 'chain' || identity
                        when hash(person + 0.25) % 1000 = 0 then 'till'
                        else 'p' || person || '.' || chance % 2 end || '@example.com' as value
                    from drawn
                    union all
                    select identity, 'email', 'chain' || (identity + 1) || '@example.com'
                    from drawn where identity < {_CHAIN}
                    union all
                    select identity, 'phone', '+49' || lpad(
                        cast((person // 2) * 2 + (chance // 2) % 2 as varchar), 10, '1'
                    )
                    from drawn where chance < 700
                )

                select 'C' || lpad(cast(identity as varchar), 8, '0') as customer_id, kind, value,
                    'crm' as sources
                from carried
            ) to '{file}' (format parquet)
        """)


def label(file: Path) -> dict[str, float]:
    """Labels the identities of `file`: the fields of `Labelled` but its usage."""
    with duckdb.connect(
        config={
            "memory_limit": _MEMORY_LIMIT,
            "threads": os.cpu_count() or 1,
            "temp_directory": str(file.parent / "spill"),
        }
    ) as connection:
        started = time.monotonic()
        connection.execute("create schema landing")
        connection.execute(
            f"create view landing.customers as {empty_select(ENTITIES['customers'])} "
            f"union all by name select distinct customer_id from read_parquet('{file}')"
        )
        connection.execute("create temp table identity_tests (customer_id varchar)")
        connection.execute(f"create temp table identity_values as from read_parquet('{file}')")
        make_ignored(connection, _RULES)
        make_evidence(connection, _RULES)
        graph = make_graph(connection, _RULES)
        seconds = time.monotonic() - started
        identities, linked, links, ignored = connection.execute("""
            select (select count(distinct customer_id) from temp.identity_values),
                (select count(*) from temp.identity_nodes),
                (select count(*) from temp.identity_links),
                (select count(*) from temp.identity_ignored)
        """).fetchone() or (0, 0, 0, 0)
        return {
            "seconds": seconds,
            "identities": identities,
            "links": links,
            "ignored": ignored,
            "components": identities - linked + len(np.unique(graph.units)),
        }


def as_table(found: Labelled) -> Iterator[str]:
    """The lines of a Markdown table."""
    memory = found.usage.peak_bytes / (1 << 30)
    yield (
        f"{found.identities:,} normalised identities, {found.links:,} links between them, make "
        f"{found.components:,} customers; {found.ignored:,} shared identifiers join nobody:"
    )
    yield ""
    yield "| identity | measured | target |"
    yield "|---|---:|---|"
    yield f"| seconds | {found.seconds:.1f} | ≤ {TARGET_SECONDS} |"
    yield f"| CPU seconds of the process | {found.usage.cpu_seconds:.1f} | |"
    yield f"| peak memory | {memory:.2f} GiB | ≤ {TARGET_GIB} GiB |"


def main(*arguments: str) -> None:
    """Measures; or, as the process that is measured, labels."""
    if arguments[:1] == (_LABEL,):
        print(json.dumps(label(Path(arguments[1]))))  # noqa: T201
        return
    with tempfile.TemporaryDirectory(prefix="retention-bench-") as work:
        found = measure_identity(Path(work), *map(int, arguments))
    print("\n".join(as_table(found)))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
