"""`make bench`: the whole job beside bare DuckDB SQL on the same files, in one run.

Prints a Markdown table and writes it to the work folder's `RESULTS.md`; with `--save` also to
`benchmarks/RESULTS.md`. Nothing here fails for being slow.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

from benchmarks.report import as_markdown
from benchmarks.scenarios import Bench, Results
from orchestration.demo import make_demo, population
from orchestration.stages import DEMO_CUSTOMERS

_RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    """Makes the files, measures, reports."""
    options = _options()
    work = Path(options.keep or tempfile.mkdtemp(prefix="retention-bench-")).absolute()
    cache = Path(options.data_dir).absolute() if options.data_dir else work / "companies"
    bench = Bench(
        demo=_company(cache, options.customers),
        default_demo=_company(cache, DEMO_CUSTOMERS),
        work=work / "runs",
        customers=options.customers,
    )
    results: Results = bench.run(options.runs, _say)
    text = as_markdown(results)
    _say("\n" + text)
    (work / "RESULTS.md").write_text(text)
    if options.save:
        _RESULTS.write_text(text)
    if not options.keep:
        shutil.rmtree(work)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000, help="size of the company")
    parser.add_argument("--runs", type=int, default=1, help="repetitions; the fastest counts")
    parser.add_argument("--keep", default="", help="work in this folder and leave it")
    parser.add_argument("--data-dir", default="", help="keep the companies' files here for later")
    parser.add_argument("--save", action="store_true", help="write benchmarks/RESULTS.md")
    return parser.parse_args()


def _company(cache: Path, customers: int) -> Path:
    """The folder of the demo company of that size; made where it is not there yet."""
    folder = cache / f"one-card-each-{customers}"
    if not (folder / "demo.json").exists():
        # Bare SQL matches nobody: with one card per person both come to the same customers.
        population.SECOND_CARD_SHARE = 0.0
        _say(f"making the company of {customers:,} customers")
        folder.parent.mkdir(parents=True, exist_ok=True)
        make_demo(folder, customers=customers)
    return folder


def _say(message: str) -> None:
    print(message, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
