"""Companies whose data come from interfaces: a local server stands for the system."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.integration.interfaces.server import Server, System
from tests.unit.landing.conftest import Company


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path / "company")


@pytest.fixture
def serve() -> Iterator[Callable[[System], Server]]:
    """Starts a server for a system; all are stopped when the test is over."""
    with ExitStack() as stack:
        yield lambda system: stack.enter_context(Server(system).running())
