"""What is imported when nothing is pulled."""

import os
import subprocess
import sys

import pytest

from orchestration.settings import REPOSITORY


@pytest.mark.parametrize("module", ["landing", "cli", "definitions"])
def test_what_only_other_kinds_need_is_not_imported(module, tmp_path):
    """dlt and SQLAlchemy take seconds, which the demo company must not pay."""
    found = subprocess.run(
        [sys.executable, "-c", f"import orchestration.{module}, sys; print(*sys.modules)"],
        check=True, capture_output=True, text=True, cwd=REPOSITORY,
        env={**os.environ, "RETENTION_DATA_DIR": str(tmp_path)},
    ).stdout.split()  # fmt: skip
    assert f"orchestration.{module}" in found
    others = {
        "dlt",
        "sqlalchemy",
        "fsspec",
        "s3fs",
        "boto3",
        "psycopg2",
        "orchestration.landing.api.stream",
    }
    assert not others & set(found)
