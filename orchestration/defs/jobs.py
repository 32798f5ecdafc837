"""The job, its daily schedule, and the sensor that runs it when files arrive."""

from pathlib import Path

import dagster as dg

from orchestration.settings import Settings

retention_job = dg.define_asset_job(
    "retention",
    selection=dg.AssetSelection.all(),
    description="Land, build, stage exports, publish, release. as_of_date: resources > "
    "data_folder > config.",
    executor_def=dg.in_process_executor,
)

daily = dg.ScheduleDefinition(
    name="daily_retention",
    job=retention_job,
    cron_schedule="0 5 * * *",
    description="Every morning at five, in the time zone of the Dagster daemon.",
)


def inbox_state(inbox: Path) -> str:
    """A text that changes when a file of the inbox is added or changed; empty for none."""
    if not inbox.exists():
        return ""
    files = sorted(path for path in inbox.rglob("*") if path.is_file())
    return "\n".join(
        f"{path.relative_to(inbox)} {path.stat().st_size} {path.stat().st_mtime_ns}"
        for path in files
    )


@dg.sensor(job=retention_job, minimum_interval_seconds=30)
def inbox(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Starts a run when files arrive in the inbox and have been still for one look.

    The cursor holds the last look and the state last run for, so that a file still being copied
    waits for the next look.
    """
    state = inbox_state(Settings.from_environment().inbox)
    last_look, _, last_run = (context.cursor or "\0").partition("\0")
    if not state:
        return dg.SkipReason("The inbox is empty.")
    if state == last_run:
        return dg.SkipReason("Nothing new since the last run.")
    if state != last_look:
        context.update_cursor(f"{state}\0{last_run}")
        return dg.SkipReason("Files are arriving; the next look starts a run if they are still.")
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=None)], cursor=f"{state}\0{state}")
