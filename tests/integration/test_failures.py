"""What goes wrong is said once and clearly, and what was published stays as it was."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.integration.conftest import REPOSITORY, Run, retention, run_job
from tests.integration.copies import copy_project, run_copy


@pytest.fixture
def company(demo_run: Run, tmp_path: Path) -> Path:
    """A data folder of its own, with one good run in it."""
    data_dir = tmp_path / "data"
    shutil.copytree(demo_run.data_dir, data_dir, symlinks=True)
    return data_dir


def published(data_dir: Path) -> tuple[str, str, str]:
    """What BI and marketing see: the snapshot, the export set, its checksums."""
    latest = data_dir / "exports" / "latest"
    return (
        str((data_dir / "published" / "current.duckdb").readlink()),
        str(latest.resolve().name),
        (latest / "SHA256SUMS").read_text(),
    )


def test_a_failed_mart_test_publishes_and_exports_nothing(company: Path, tmp_path: Path) -> None:
    before = published(company)
    project = copy_project(tmp_path / "project")
    model = project / "models" / "marts" / "retention" / "retention.sql"
    broken = model.read_text().replace(
        "cast(rates.active_end as bigint) as active_end",
        "cast(rates.active_end + 1 as bigint) as active_end",
    )
    assert broken != model.read_text()
    model.write_text(broken)

    run = run_copy(project, company, "run")

    assert run.exit_code == 1
    assert "E = S - L + N + R - lost new" in run.errors
    assert "nothing was published or exported" in run.errors
    assert "Traceback" not in run.errors
    assert published(company) == before

    # Nor can it be published by hand: what one click on the snapshot's asset would do.
    click = (
        "from orchestration.settings import Settings\n"
        "from orchestration.stages import publish\n"
        "publish(Settings.from_environment())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", click],
        env={**os.environ, "RETENTION_DATA_DIR": str(company)},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "neither published nor exported" in done.stderr
    assert published(company) == before


def test_a_failed_segment_test_stops_that_segment_alone(company: Path, tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    model = project / "models" / "segments" / "seg_q2.sql"
    model.write_text(model.read_text() + "union all\nselect * from audience\n")

    run = run_copy(project, company, "run")

    assert run.exit_code == 0, run.errors
    index = json.loads((company / "exports" / "latest" / "index.json").read_text())
    state = {(entry["segment"], entry["destination"]): entry for entry in index["exports"]}
    assert state["seg_q2", "generic_csv"]["state"] == "skipped"
    assert "customer repeated" in state["seg_q2", "generic_csv"]["reason"]
    assert state["seg_q1", "generic_csv"]["state"] == "written"
    assert "1 segments failed their audit" in run.output


def test_all_that_is_wrong_with_a_delivery_is_said_at_once(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    inbox = data_dir / "inbox"
    inbox.mkdir(parents=True)
    (inbox / "good.csv").write_text(
        "id,who,at,amount\n1,a,2026-01-02,10\n2,b,2026-02-03,20\n3,a,2026-02-20,5\n"
    )
    (data_dir / "sources.yml").write_text(_sources("good.csv"))
    run_job(data_dir)
    before = published(data_dir)
    (inbox / "empty.csv").write_text("")
    (inbox / "narrow.csv").write_text("id,who,amount\n1,a,10\n")
    (data_dir / "sources.yml").write_text(
        _sources("good.csv", "missing.csv", "empty.csv", "narrow.csv")
    )

    run = retention(data_dir, "run")

    assert run.exit_code == 1
    for expected in ("missing.csv", "empty.csv", "narrow.csv", "'at', which is no column"):
        assert expected in run.errors
    assert "Traceback" not in run.errors
    assert published(data_dir) == before


def test_a_file_in_another_encoding_stops_the_run(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    inbox = data_dir / "inbox"
    inbox.mkdir(parents=True)
    rows = "".join(f"{n},ж,2026-01-02,10\n" for n in range(20))
    (inbox / "cyrillic.csv").write_bytes(("id,who,at,amount\n" + rows).encode("cp1251"))
    (data_dir / "sources.yml").write_text(_sources("cyrillic.csv"))

    run = retention(data_dir, "run")

    assert run.exit_code == 1
    assert "cyrillic.csv" in run.errors
    assert "encoding" in run.errors
    assert "Traceback" not in run.errors
    assert not (data_dir / "published").exists()


def test_a_typo_in_the_configuration_names_its_line(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    (data_dir / "inbox").mkdir(parents=True)
    (data_dir / "inbox" / "good.csv").write_text("id,who,at,amount\n1,a,2026-01-02,10\n")
    text = _sources("good.csv").replace("timezone:", "timezon:")
    (data_dir / "sources.yml").write_text(text)
    line = text.splitlines().index("    timezon: UTC") + 1

    run = retention(data_dir, "run")

    assert run.exit_code == 1
    assert f"line {line}" in run.errors
    assert "timezon" in run.errors and "timezone" in run.errors


def test_an_unreadable_as_of_date_says_how_to_write_it(company: Path) -> None:
    run = retention(company, "run", "--as-of", "31.12.2025")
    assert run.exit_code == 1
    assert "YYYY-MM-DD" in run.errors
    assert "Traceback" not in run.errors


def test_a_killed_run_changes_nothing_and_the_next_one_ends_the_same(company: Path) -> None:
    before = published(company)
    for path in (company / "landing", company / "quarantine", company / "warehouse.duckdb"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    (company / "state" / "ledger.sqlite").unlink()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RETENTION_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "orchestration.cli", "run"],
        env={**environment, "RETENTION_DATA_DIR": str(company)},
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:  # landed; dbt is at work
        if line.startswith("land "):
            break
    time.sleep(2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert published(company) == before

    run_job(company)
    assert published(company) == before


def test_two_runs_do_not_meet(company: Path) -> None:
    before = published(company)
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import pathlib, sys, time\n"
            "from orchestration.run_lock import RunLock\n"
            "with RunLock(pathlib.Path(sys.argv[1]), what='a long run'):\n"
            "    print('held', flush=True)\n"
            "    time.sleep(600)\n",
            str(company),
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        run = retention(company, "run")
    finally:
        holder.kill()
        holder.wait()
    assert run.exit_code == 1
    assert "a long run" in run.errors and str(holder.pid) in run.errors
    assert published(company) == before


def _sources(*files: str) -> str:
    """A `sources.yml` with one source of orders per file."""
    mapping = "{order_id: id, customer_id: who, ordered_at: at, gross_amount: amount}"
    lines = ["sources:"]
    for file in files:
        lines += [
            f"  {Path(file).stem}:",
            "    kind: file",
            f"    path: inbox/{file}",
            "    timezone: UTC",
            "    entities:",
            "      orders:",
            f"        columns: {mapping}",
        ]
    return "\n".join(lines) + "\n"
