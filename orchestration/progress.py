"""What a person sees while a run works: one line per stage, a bar where it takes longer.

The stages report to whoever listens (`reporting`); nobody listening, they log.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

_LOGGER = logging.getLogger("retention")
_BAR_AFTER_SECONDS = 5.0

Advance = Callable[[int, int | None, str], None]
"""Is told how far something is: done, in all (None: unknown), and what is under way."""


def unwatched(done: int, total: int | None, what: str) -> None:
    """The `Advance` of whoever does not look."""


class Reporter(Protocol):
    """Is told of each stage: how far it is, and what came of it."""

    def advance(self, stage: str, done: int, total: int | None, what: str) -> None: ...

    def note(self, stage: str, message: str) -> None: ...

    def finish(self, stage: str, counts: str, seconds: float) -> None: ...


class LogReporter:
    """One log line per stage."""

    def advance(self, stage: str, done: int, total: int | None, what: str) -> None:
        _LOGGER.debug("%s: %d of %s (%s)", stage, done, total or "?", what)

    def note(self, stage: str, message: str) -> None:
        _LOGGER.info("%s: %s", stage, message)

    def finish(self, stage: str, counts: str, seconds: float) -> None:
        _LOGGER.info("%s: %s, %.1f s", stage, counts, seconds)


@dataclass
class ConsoleReporter:
    """One line per stage; a bar while a stage takes longer than five seconds."""

    console: Console
    _started: dict[str, float] = field(default_factory=dict)
    _bar: Progress | None = None
    seconds: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def advance(self, stage: str, done: int, total: int | None, what: str) -> None:
        with self._lock:
            self._show(stage, done, total, what)

    def _show(self, stage: str, done: int, total: int | None, what: str) -> None:
        started = self._started.setdefault(stage, time.monotonic())
        if self._bar is None and time.monotonic() - started > _BAR_AFTER_SECONDS:
            self._bar = Progress(
                TextColumn("  {task.description:<9}"),
                BarColumn(bar_width=30),
                MofNCompleteColumn(),
                TextColumn("{task.fields[what]}"),
                TimeElapsedColumn(),
                console=self.console,
                transient=True,
            )
            self._bar.add_task(stage, total=total, what=what)
            self._bar.start()
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=done, total=total, what=what)

    def note(self, stage: str, message: str) -> None:
        self.close()
        self.console.print(f"  {stage}: {message}", style="dim", highlight=False, markup=False)

    def finish(self, stage: str, counts: str, seconds: float) -> None:
        self.close()
        self.seconds += seconds
        self.console.print(
            f"[bold]{stage:<9}[/] {counts}  [dim]{seconds:.1f} s[/]", highlight=False
        )

    def close(self) -> None:
        """Takes the bar away, so that what follows is not written into it."""
        with self._lock:
            if self._bar is not None:
                self._bar.stop()
                self._bar = None


_REPORTER: ContextVar[Reporter | None] = ContextVar("reporter", default=None)


def _reporter() -> Reporter:
    return _REPORTER.get() or LogReporter()


@contextmanager
def reporting(reporter: Reporter) -> Iterator[None]:
    """Inside the block, stages report to `reporter`."""
    token = _REPORTER.set(reporter)
    try:
        yield
    finally:
        _REPORTER.reset(token)


_TICK_SECONDS = 1.0


@dataclass
class Stage:
    """A stage under way: `advance` as it goes on (total None: unknown), `note` what a reader should
    know besides, `counts` is what its line will say."""

    name: str
    reporter: Reporter
    counts: str = ""
    _last: tuple[int, int | None, str] = (0, None, "")

    def advance(self, done: int, total: int | None, what: str = "") -> None:
        self._last = (done, total, what)
        self.reporter.advance(self.name, done, total, what)

    def tick(self) -> None:
        """Tells the reporter that the stage still works, so that a long silence shows a bar."""
        self.reporter.advance(self.name, *self._last)

    def note(self, message: str) -> None:
        self.reporter.note(self.name, message)


@contextmanager
def stage(name: str) -> Iterator[Stage]:
    """Times a stage and reports its line when it ends well."""
    started = time.monotonic()
    current = Stage(name, _reporter())
    ended = threading.Event()

    def tick() -> None:
        while not ended.wait(_TICK_SECONDS):
            current.tick()

    ticker = threading.Thread(target=tick, name=f"{name} ticker", daemon=True)
    ticker.start()
    try:
        yield current
    finally:
        ended.set()
        ticker.join()
    current.reporter.finish(name, current.counts, time.monotonic() - started)
