"""The floor: hand-written SQL run by DuckDB alone, from the same files to the same marts.

`python -m benchmarks.run_bare INPUTS PREPARED OUTPUT` reads the demo's files in INPUTS (and what
`prepare_inputs` made of them in PREPARED) and writes OUTPUT/bare.duckdb and OUTPUT/exports/*.csv.
It imports nothing but DuckDB, so that its start costs nothing. Prints seconds per step as JSON.
"""

import json
import os
import shutil
import sys
import time
from pathlib import Path

import duckdb

_HERE = Path(__file__).resolve().parent
_SQL = _HERE / "bare"
_SEEDS = _HERE.parent / "seeds"
MEMORY_LIMIT = "3GB"
SNAPSHOTS = 14

_AT_RISK = (
    "'They have been silent longer than usual: ask what is wrong and give a reason to come back.'",
    "'Молчат дольше обычного: спросите, что случилось, и дайте повод вернуться.'",
)
_RISING = (
    "'Their purchases grow fast: look after them now, tomorrow they are key customers.'",
    "'Покупают всё больше: уделите им внимание сейчас, завтра это ключевые клиенты.'",
)
_PLAYBOOK = ("next_best_action_en", "next_best_action_ru")
_AUDIENCES = {
    "rtn_s01": ("quadrant = 'I'", *_PLAYBOOK),
    "rtn_s02": ("quadrant = 'II'", *_PLAYBOOK),
    "rtn_s03": ("quadrant = 'III'", *_PLAYBOOK),
    "rtn_s04": ("quadrant = 'IV'", *_PLAYBOOK),
    "rtn_s05": ("is_at_risk", *_AT_RISK),
    "rtn_s06": ("is_rising", *_RISING),
}


def run_bare(inputs: Path, prepared: Path, output: Path) -> dict[str, float]:
    """Makes all marts and export files in `output` (made anew); returns seconds per step."""
    shutil.rmtree(output, ignore_errors=True)
    exports = output / "exports"
    exports.mkdir(parents=True)
    names = {
        "inputs": str(inputs),
        "prepared": str(prepared),
        "seeds": str(_SEEDS),
        "exports": str(exports),
        "margin_sums": _margin_sums(),
    }
    database = output / "bare.duckdb"
    seconds = {}
    connection = duckdb.connect(
        str(database),
        config={
            "threads": os.cpu_count() or 1,
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(output / "tmp"),
            "preserve_insertion_order": False,
        },
    )
    connection.execute("create schema marts")
    for script in sorted(_SQL.glob("[0-9]*.sql")):
        seconds[script.stem] = _timed(connection, _filled(script, names))
    started = time.monotonic()
    for script in sorted(_SQL.glob("export_*.sql")):
        for audience, (members, action_en, action_ru) in _AUDIENCES.items():
            values = {
                "audience": audience,
                "members": members,
                "action_en": action_en,
                "action_ru": action_ru,
            }
            connection.execute(_filled(script, names | values))
    for file in exports.iterdir():
        _sync(file)
    seconds["export_files"] = time.monotonic() - started
    started = time.monotonic()
    connection.execute("checkpoint")
    connection.close()
    _sync(database)
    seconds["checkpoint"] = time.monotonic() - started
    return seconds


def _margin_sums() -> str:
    """SQL: the sum of 365 days up to each snapshot, side by side in one pass over the days."""
    return ", ".join(
        f"sum(margin_booked) filter (day <= snapshot_days[{n}] and day > snapshot_days[{n}] - 365)"
        for n in range(1, SNAPSHOTS + 1)
    )


def _filled(script: Path, names: dict[str, str]) -> str:
    sql = script.read_text()
    for name, value in names.items():
        sql = sql.replace("{" + name + "}", value)
    return sql


def _timed(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    started = time.monotonic()
    connection.execute(sql)
    return time.monotonic() - started


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    print(json.dumps(run_bare(*(Path(argument) for argument in sys.argv[1:4]))))  # noqa: T201
