"""The proof of the last build: which build the warehouse file is of, if it was whole and sound.

It stands beside dbt's own files while the warehouse is what a whole build made and all tests of it
passed. Building anything takes it away; what leaves the house asks for it first.
"""

import uuid
from pathlib import Path

from orchestration.settings import Settings
from orchestration.warehouse.dbt import DbtError


def withdraw(settings: Settings) -> None:
    """From now on the warehouse counts as unproven."""
    _file(settings).unlink(missing_ok=True)


def give(settings: Settings) -> str:
    """The warehouse is proven; returns the id of this build, which no other build has."""
    build_id = uuid.uuid4().hex
    _file(settings).parent.mkdir(parents=True, exist_ok=True)
    _file(settings).write_text(build_id)
    return build_id


def require(settings: Settings) -> str:
    """The id of the build that the warehouse is of; raises `DbtError` where it is not proven."""
    proof = _file(settings)
    if not (settings.warehouse.exists() and proof.exists()):
        raise DbtError(
            "The warehouse is not what a whole build with all its tests passed has made, so it is "
            "neither published nor exported. Run the job `retention`."
        )
    return proof.read_text()


def _file(settings: Settings) -> Path:
    return settings.data_dir / "dbt" / "proven"
