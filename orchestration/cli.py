"""The `retention` command: what `make` calls."""

import gc
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from orchestration.progress import ConsoleReporter, reporting
from orchestration.settings import REPOSITORY, Settings, SettingsError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 200, soft_wrap=True)


def _settings() -> Settings:
    """The environment's settings; Dagster's home is made ready beside the data."""
    try:
        settings = Settings.from_environment()
    except SettingsError as error:
        _stop(str(error))
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "dagster.yaml").exists():
        shutil.copy(Path(__file__).parent / "dagster.yaml", home)
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ["RETENTION_DATA_DIR"] = str(settings.data_dir)
    os.environ["RETENTION_SOURCES"] = str(settings.sources_file)
    if settings.named_destinations:
        os.environ["RETENTION_DESTINATIONS"] = str(settings.named_destinations)
    return settings


def _stop(message: str) -> NoReturn:
    Console(stderr=True, soft_wrap=True).print(message, style="red", highlight=False, markup=False)
    raise typer.Exit(1)


@app.command()
def run(
    as_of: Annotated[
        str, typer.Option(help="Describe the world at the end of this day (YYYY-MM-DD).")
    ] = "",
    wait: Annotated[float, typer.Option(help="Seconds to wait for another run to end.")] = 0.0,
    timings: Annotated[bool, typer.Option(help="Show where the time went.")] = False,
) -> None:
    """Run the Dagster job `retention` headless: land, build, stage, publish, release."""
    started = time.monotonic()
    settings = _settings()
    reporter = _run(settings, as_of, wait)
    if timings:
        seconds = time.monotonic() - started
        outside = seconds - reporter.seconds
        _console().print(f"\n{seconds:.1f} s in all, {outside:.1f} s of them outside the stages")


def _run(settings: Settings, as_of: str, wait: float) -> ConsoleReporter:
    """Run the job and print the figures; a failed one ends the command."""
    # Importing and parsing make objects that stay: looking for garbage among them costs a tenth.
    gc.set_threshold(200_000, 20, 50)
    # Imports of Dagster and dbt take seconds, so they wait until something is to be run.
    with _one_message_for_errors():
        from orchestration.settings_check import check_settings  # noqa: PLC0415

        check_settings()
        from orchestration.headless import run_retention  # noqa: PLC0415  (parses dbt)
    from orchestration.summary import as_text, read_summary  # noqa: PLC0415

    console = _console()
    reporter = ConsoleReporter(console)
    with reporting(reporter):
        outcome = run_retention(as_of, wait)
        reporter.close()
    if outcome.error:
        _stop(f"{outcome.error}\n\nThe run failed; what was published before stays as it was.")
    console.print()
    console.print(as_text(read_summary(settings), settings), highlight=False, markup=False)
    return reporter


@app.command()
def demo(
    customers: Annotated[int, typer.Option(min=1, help="How many customers.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Another seed, another company.")] = 1,
) -> None:
    """Make the demo company's files anew, of any size."""
    settings = _settings()
    from orchestration.stages import make_demo_company  # noqa: PLC0415

    if settings.landing.exists():
        _stop(
            f"{settings.landing} holds landed data already: a demo of another size would mix with "
            "it. Run `make clean` first, or name another RETENTION_DATA_DIR."
        )
    shutil.rmtree(settings.demo, ignore_errors=True)
    with reporting(ConsoleReporter(_console())):
        make_demo_company(settings, customers, seed)


@app.command()
def ui() -> None:
    """Open Dagster on dagster_workspace.yaml (port 3000, or DAGSTER_PORT)."""
    _settings()
    workspace = str(REPOSITORY / "dagster_workspace.yaml")
    port = os.environ.get("DAGSTER_PORT", "3000")
    dagster = str(Path(sys.executable).with_name("dagster"))
    os.chdir(REPOSITORY)
    os.execv(dagster, [dagster, "dev", "-w", workspace, "-p", port])  # noqa: S606


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def dbt(context: typer.Context) -> None:
    """Run dbt on your own target file (dev.duckdb) over the landed data, e.g. `build -s pareto`."""
    settings = _settings()
    from orchestration.stages import develop  # noqa: PLC0415

    with _one_message_for_errors():
        develop(settings, context.args)


quarantine = typer.Typer(no_args_is_help=True, help="Look at rejected rows; take them out.")
app.add_typer(quarantine, name="quarantine")


@quarantine.command()
def show() -> None:
    """Show how many rejected rows of each kind are open and closed."""
    settings = _settings()
    from orchestration.quarantine_desk import show_quarantine  # noqa: PLC0415

    with _one_message_for_errors():
        _console().print(show_quarantine(settings), highlight=False, markup=False)


@quarantine.command()
def export(
    to: Annotated[Path, typer.Option(help="The table to write: .csv, or .xlsx for spreadsheets.")],
    entity: Annotated[str, typer.Option(help="Only rows meant for this entity.")] = "",
    source: Annotated[str, typer.Option(help="Only rows of this source.")] = "",
    file: Annotated[str, typer.Option(help="Only rows of this file.")] = "",
    reason: Annotated[str, typer.Option(help="Only rows rejected for this reason.")] = "",
) -> None:
    """Write open entries with their source columns to a table, to be corrected and requeued."""
    settings = _settings()
    from orchestration.landing.corrections.quarantined import EntryFilter  # noqa: PLC0415
    from orchestration.quarantine_desk import export_entries  # noqa: PLC0415

    with _one_message_for_errors():
        said = export_entries(settings, EntryFilter(entity, source, reason, file), to)
    _console().print(said, highlight=False, markup=False)


@app.command()
def requeue(
    table: Annotated[Path, typer.Argument(help="What `quarantine export` wrote, corrected.")],
) -> None:
    """Land corrected rows and close the quarantine entries of those that are accepted."""
    settings = _settings()
    from orchestration.quarantine_desk import requeue_entries  # noqa: PLC0415

    with _one_message_for_errors():
        said = requeue_entries(settings, table)
    _console().print(said, highlight=False, markup=False)


@app.command()
def forget(
    customer: Annotated[str, typer.Option(help="The customer's id, as its source has it.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it; else it is only said.")] = False,
) -> None:
    """Forget a person everywhere; figures stay. Runs the job, then searches every file."""
    settings = _settings()
    from orchestration import erasure_desk  # noqa: PLC0415

    console = _console()

    def tell(text: str) -> None:
        console.print(text, highlight=False, markup=False)

    with _one_message_for_errors():
        is_scrubbed = erasure_desk.begin_erasure(settings, customer, yes, tell)
    if is_scrubbed:
        _run(settings, "", 0.0)
        with _one_message_for_errors():
            tell(erasure_desk.finish_erasure(settings, tell))


@app.command("sample-size")
def sample_size(
    base_rate: Annotated[float, typer.Option(help="Conversion rate without it, such as 0.05.")],
    uplift: Annotated[float, typer.Option(help="What it is to add to it, such as 0.01.")],
    held_out: Annotated[float, typer.Option(help="Share of the audience held out.")] = 0.1,
    power: Annotated[float, typer.Option(help="Chance to find the uplift if it is there.")] = 0.8,
    confidence: Annotated[float, typer.Option(help="Confidence of the interval.")] = 0.95,
) -> None:
    """Say how many customers a campaign needs to prove an uplift of its conversion rate."""
    from orchestration.exports import sample_size as helper  # noqa: PLC0415

    with _one_message_for_errors():
        found = helper.sample_size(
            base_rate, uplift, held_out=held_out, power=power, confidence=confidence
        )
    _console().print(
        f"{found.customers:,} customers: {found.treated:,} treated and {found.held_out:,} held out "
        f"(holdout_bps {held_out * 10_000:.0f} in seeds/segment_settings.csv)",
        highlight=False,
    )


@app.command()
def ack(
    audience: Annotated[str, typer.Argument(help="<destination>/<audience>, as the index says.")],
    content: Annotated[str, typer.Argument(help="Its content id; the last one unless given.")] = "",
) -> None:
    """Say that an audience was uploaded: its next adds and removes go by that."""
    settings = _settings()
    with _one_message_for_errors():
        from orchestration.exports_desk import acknowledge_audience  # noqa: PLC0415

        said = acknowledge_audience(settings, audience, content)
    _console().print(said, highlight=False, markup=False)


@app.command()
def release(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Destinations, or <destination>/<audience>; all unless given."),
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Only show what would be released.")] = False,
) -> None:
    """Release exports that wait, and send them where destinations.yml says."""
    settings = _settings()
    with _one_message_for_errors(), reporting(ConsoleReporter(_console())):
        from orchestration.exports_desk import release_plan, release_waiting  # noqa: PLC0415

        said = (release_plan if dry_run else release_waiting)(settings, names or ())
    _console().print(said, highlight=False, markup=False)


@app.command()
def exports(
    full: Annotated[
        list[str] | None,
        typer.Option(help="<destination>/<audience> to be written whole, or all. May be repeated."),
    ] = None,
) -> None:
    """Stage the exports again from the warehouse as it stands, and release what goes by itself."""
    settings = _settings()
    with _one_message_for_errors(), reporting(ConsoleReporter(_console())):
        from orchestration.exports_desk import stage_again  # noqa: PLC0415

        said = stage_again(settings, full or ())
    _console().print(said, highlight=False, markup=False)


@app.command()
def docs() -> None:
    """Build dbt's documentation as one page that opens offline."""
    settings = _settings()
    from orchestration.stages import write_docs  # noqa: PLC0415

    with _one_message_for_errors():
        page = write_docs(settings)
    _console().print(f"The models, their columns and their lineage: {page}", highlight=False)


@app.command("lint-sql")
def lint_sql(
    fix: Annotated[bool, typer.Option(help="Mend what can be mended.")] = False,
) -> None:
    """Check the style of all SQL with sqlfluff, through dbt."""
    variables = {
        "RETENTION_DBT_TARGET": "main",
        "RETENTION_WAREHOUSE": ":memory:",  # dbt wants to connect to something
        "RETENTION_REPEATED_ENTITIES": "all",
    }
    sqlfluff = str(Path(sys.executable).with_name("sqlfluff"))
    command = [sqlfluff, *(["fix", "--force"] if fix else ["lint", "--processes", "2"])]
    done = subprocess.run(
        [*command, "--disable-progress-bar", "models", "tests/dbt"],
        env={**os.environ, **variables},
        cwd=REPOSITORY,
        check=False,
    )
    raise typer.Exit(done.returncode)


@app.command()
def clean() -> None:
    """Remove what the next run rebuilds, and all of the demo company; never your landed data."""
    settings = _settings()
    from orchestration.housekeeping import remove_rebuildable  # noqa: PLC0415

    for removed in remove_rebuildable(settings):
        _console().print(f"removed {removed}", highlight=False)


@contextmanager
def _one_message_for_errors() -> Iterator[None]:
    """Our own errors end the command with their message alone."""
    try:
        yield
    except (ValueError, RuntimeError) as error:
        if not type(error).__module__.startswith("orchestration."):
            raise
        _stop(str(error))


if __name__ == "__main__":
    app()
