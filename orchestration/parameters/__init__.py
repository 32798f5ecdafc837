"""What people set: the variables of the metrics and the seeds, described and checked in one place.

Nothing here reads data; it comes before identity and the warehouse, which follow these settings.
"""

from orchestration.parameters.project_file import load_variables, overrides_in
from orchestration.parameters.record import RecordedParameter, recorded_parameters
from orchestration.parameters.seed_file import SeedTable
from orchestration.parameters.seeds import seed_problems, seed_tables
from orchestration.parameters.variables import Variables

__all__ = [
    "RecordedParameter",
    "SeedTable",
    "Variables",
    "load_variables",
    "overrides_in",
    "recorded_parameters",
    "seed_problems",
    "seed_tables",
]
