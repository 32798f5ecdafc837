"""Landing: files as they come in → typed, immutable batches, quarantine, ledger, views."""

from orchestration.landing.checks import Check, CheckResult, Verdict, verdicts
from orchestration.landing.errors import LandingError, Reason
from orchestration.landing.land import land
from orchestration.landing.ledger import Batch, Counts, Ledger
from orchestration.landing.report import FileReport, LandingEvent, LandingReport, Outcome
from orchestration.landing.sources import SourcesConfig
from orchestration.landing.sources_yaml import load_sources
from orchestration.landing.views import create_landing_views

__all__ = [
    "Batch",
    "Check",
    "CheckResult",
    "Counts",
    "FileReport",
    "LandingError",
    "LandingEvent",
    "LandingReport",
    "Ledger",
    "Outcome",
    "Reason",
    "SourcesConfig",
    "Verdict",
    "create_landing_views",
    "land",
    "load_sources",
    "verdicts",
]
