"""A PostgreSQL server of the tests' own: as a user who is not root, on a free port, in a temporary
folder, with databases to throw away."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg2
import pytest

from tests.integration.conftest import REPOSITORY
from tests.unit.landing.conftest import Company

PASSWORD = "s3cr/t p@ss"  # noqa: S105 (of a server that lives as long as the tests)
"""With characters that an address has to escape."""
_NUMBERS = count(1)


@dataclass(frozen=True)
class Database:
    """A database of the server, and its SQLAlchemy address."""

    port: int
    name: str
    user: str = "shop"

    @property
    def address(self) -> str:
        escaped = "s3cr%2Ft%20p%40ss"
        return f"postgresql+psycopg2://{self.user}:{escaped}@127.0.0.1:{self.port}/{self.name}"

    def execute(self, *statements: str) -> None:
        """Runs statements, each in a transaction of its own."""
        connection = psycopg2.connect(
            host="127.0.0.1", port=self.port, dbname=self.name, user=self.user, password=PASSWORD
        )
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        finally:
            connection.close()

    def ask(self, query: str) -> list[tuple[object, ...]]:
        """The rows that a query gives."""
        connection = psycopg2.connect(
            host="127.0.0.1", port=self.port, dbname=self.name, user=self.user, password=PASSWORD
        )
        try:
            with connection.cursor() as cursor:
                cursor.execute(query)
                return cursor.fetchall()
        finally:
            connection.close()


_LANDING = """
import os, socket
if "CALLS" in os.environ:
    def refuse(*given):
        raise SystemExit(f"calls {given}")
    socket.socket.connect = socket.getaddrinfo = refuse
from orchestration.settings import Settings
from orchestration.stages import land_sources
land_sources(Settings.from_environment())
"""


def start_landing(company: Company, **environment: str) -> "subprocess.Popen[str]":
    """A landing in a process of its own; with `CALLS` it ends where Python opens a connection."""
    settings = company.settings
    return subprocess.Popen(
        [sys.executable, "-c", _LANDING],
        env={
            **os.environ,
            "RETENTION_DATA_DIR": str(settings.data_dir),
            "RETENTION_SOURCES": str(settings.sources_file),
            **environment,
        },
        cwd=REPOSITORY,
        stderr=subprocess.PIPE,
        text=True,
    )


def programs() -> Path | None:
    """The folder with initdb and pg_ctl, newest version; they are not on Debian's PATH."""
    found = [
        folder
        for folder in Path("/usr/lib/postgresql").glob("*/bin")
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists()
    ]
    on_path = shutil.which("initdb")
    if on_path and (Path(on_path).parent / "pg_ctl").exists():
        found.append(Path(on_path).parent)
    return max(found, key=lambda folder: folder.parent.name.zfill(4), default=None)


@pytest.fixture(scope="session")
def server() -> Iterator[int]:
    """The port of a running server; skips where none is installed."""
    folder = programs()
    if folder is None:
        pytest.skip(
            "no PostgreSQL server is installed (Debian: apt-get install postgresql): initdb and "
            "pg_ctl are neither on PATH nor in /usr/lib/postgresql"
        )
    # Not pytest's folder: its parents are closed to the user that the server runs as.
    home = Path(tempfile.mkdtemp(prefix="postgres-"))
    user = _user()
    data = home / "data"
    (home / "password").write_text(PASSWORD)
    for path in (home, home / "password"):
        if user:
            shutil.chown(path, user)

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [folder / program, "-D", data, *arguments],
            check=True,
            user=user,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            cwd=home,
            stdout=subprocess.DEVNULL,
        )

    port = _free_port()
    run(
        "initdb", "-U", "shop", f"--pwfile={home / 'password'}", "--auth=scram-sha-256",
        "--encoding=UTF8", "--no-sync",
    )  # fmt: skip
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {home} -c fsync=off"
    run("pg_ctl", "-w", "-l", str(home / "log"), "-o", options, "start")
    try:
        yield port
    finally:
        run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)


def _user() -> str | None:
    """PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    pytest.skip("PostgreSQL refuses to run as root, and there is no user to run it as")


def _free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]
        return port


@pytest.fixture
def database(server: int) -> Database:
    """An empty database."""
    name = f"shop{next(_NUMBERS)}"
    Database(server, "postgres").execute(f"create database {name}")
    return Database(server, name)
