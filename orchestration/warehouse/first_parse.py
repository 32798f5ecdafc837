"""`python -m orchestration.warehouse.first_parse`: dbt's parse, made once with the installation."""

import tempfile
from pathlib import Path

from orchestration.settings import Settings
from orchestration.warehouse.dbt import Dbt

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder), Path(folder) / "sources.yml")
        Dbt(settings, settings.warehouse).parse()
