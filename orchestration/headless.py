"""The job `retention` without a web server: in this process, in Dagster's books."""

from dataclasses import dataclass

import dagster as dg

from orchestration.definitions import defs
from orchestration.defs.jobs import retention_job

_OUR_ERRORS = "orchestration."


@dataclass(frozen=True)
class Outcome:
    """How a run ended; `error` is empty where it ended well."""

    run_id: str
    error: str = ""


def run_retention(as_of_date: str = "", lock_timeout_seconds: float = 0.0) -> Outcome:
    """Runs the whole job and records it in Dagster's storage, so that `make ui` shows it."""
    with dg.DagsterInstance.get() as instance:
        result = defs.resolve_job_def(retention_job.name).execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                "resources": {
                    "data_folder": {
                        "config": {
                            "as_of_date": as_of_date,
                            "lock_timeout_seconds": lock_timeout_seconds,
                        }
                    }
                },
            },
        )
    if result.success:
        return Outcome(result.run_id)
    return Outcome(result.run_id, _what_went_wrong(result))


def _what_went_wrong(result: dg.ExecuteInProcessResult) -> str:
    """The messages at the root of each failure; with the stack where it is none of our errors."""
    messages = []
    for event in result.all_events:
        error = getattr(event.event_specific_data, "error", None)
        if error is None or not (event.is_step_failure or event.is_failure):
            continue
        while error.cause is not None:
            error = error.cause
        name, _, message = error.message.strip().partition(": ")
        ours = name.startswith(_OUR_ERRORS)
        text = message if ours else "".join([*error.stack, error.message.strip()])
        if text not in messages:
            messages.append(text)
    return "\n".join(messages)
