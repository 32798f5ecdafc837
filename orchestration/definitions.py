"""The code location: puts together what Dagster sees."""

import dagster as dg

from orchestration.defs import exports, identity, jobs, landing, publishing, warehouse
from orchestration.defs.resources import DataFolder

defs = dg.Definitions(
    assets=[
        landing.land,
        identity.resolve,
        warehouse.warehouse,
        exports.staged_set,
        publishing.marts_snapshot,
        exports.released,
    ],
    jobs=[jobs.retention_job, *exports.SEGMENT_JOBS],
    schedules=[jobs.daily],
    sensors=[jobs.inbox],
    resources={"data_folder": DataFolder()},
    # One process for all steps of a run: the lock on the data folder is held from first to last,
    # and nothing is imported twice.
    executor=dg.in_process_executor,
)
