"""The command that people are forgotten by: settings in, sentences out."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from orchestration.erasure import (
    ErasureError,
    Person,
    Step,
    begin,
    find_person,
    finish,
    read_pending,
)
from orchestration.exports import removes, standing
from orchestration.exports.destination_settings import load as load_destinations
from orchestration.exports.model import Removes, Standing
from orchestration.identity import load_rules
from orchestration.landing import load_sources
from orchestration.landing.deliveries import local_files
from orchestration.run_lock import RunLock
from orchestration.settings import Settings
from orchestration.settings_check import check_settings
from orchestration.sources_file import sources_file

_WHAT = "retention forget"


def begin_erasure(
    settings: Settings, customer: str, is_meant: bool, tell: Callable[[str], None]
) -> bool:
    """Say whom an erasure concerns and, where it is meant, scrub all that is kept.

    Goes on with one that was cut off before it begins another. Returns whether a run and
    `finish_erasure` have to follow. Raises `ErasureError` for an id that nobody has.
    """
    with RunLock(settings.data_dir, what=_WHAT):
        pending = read_pending(settings)
        if pending:
            tell(f"An erasure was cut off and goes on: {pending.person.said()}.")
            if customer and customer not in pending.person.identities:
                tell("It comes first; run this command again for the customer you named.")
            person = pending.person
        elif not customer:
            raise ErasureError("Say whom: retention forget --customer ID.")
        else:
            person = find_person(settings, load_rules(), customer)
            tell(f"{person.said()}.")
        tell(
            "Landing, quarantine, corrections and customer keys are scrubbed; warehouse, snapshot "
            "and exports are made anew by a run of the job; removes are written for every "
            "audience that received the person."
        )
        if not is_meant:
            tell("Nothing was done. Add --yes to do it; it cannot be undone.")
            return False
        check_settings()  # the run that follows must not be what stops half-way
        if pending is None or pending.step is Step.SCRUB:
            begin(settings, person, datetime.now(UTC).date(), tell)
        _check_no_decisions(person)
        return True


def _check_no_decisions(person: Person) -> None:
    """Raises `ErasureError` where a seed names the person: a run would bring the id back."""
    named = [
        one.place
        for one in load_rules().overrides
        if {one.first, one.second} & {*person.identities}
    ]
    if named:
        raise ErasureError(
            f"{', '.join(named)}: names this person. Take the line out, then run `retention "
            "forget --yes`, which goes on from here; what it joined is kept without it."
        )


def what_to_do(one: Removes) -> str:
    """How removes get to their channel, where they do not go by themselves."""
    name = f"{one.destination}/{one.audience}"
    if one.standing is None:
        return f"{name}: upload exports/{one.place}, then delete it"
    if one.standing is Standing.PAUSED:
        return f"{name}: its destination is paused, and they wait for the end of that"
    return f"{name}: `retention release {name}` sends them"


def finish_erasure(settings: Settings, tell: Callable[[str], None]) -> str:
    """After the run: remove what was published before, search every file, say what was found."""
    environment = {**os.environ, "RETENTION_DATA_DIR": str(settings.data_dir)}
    with RunLock(settings.data_dir, what=_WHAT):
        delivered = local_files(load_sources(sources_file(settings), environment))
        searched = finish(settings, delivered, tell)
        policies = load_destinations(settings)
        left = removes.left_to_people(settings, policies, standing.by_run(policies))

    def names(paths: tuple[Path, ...]) -> list[str]:
        room = settings.data_dir
        return [
            f"  {path.relative_to(room) if path.is_relative_to(room) else path}" for path in paths
        ]

    said = [
        f"{searched.files} files were searched: nothing of the person is left. Only the removes "
        "files name them, as each channel does, for they have to."
    ]
    if left:
        said.append("These are not sent by themselves, and stand in the index of exports too:")
        said += [f"  {what_to_do(one)}" for one in left]
    if searched.shared:
        said.append(
            f"Not searched for: {searched.shared} addresses and numbers that others carry too. "
            "They are gone from this person's records and stay in those of the others."
        )
    if searched.deliveries:
        said.append(
            "These deliveries still hold the person. They are not ours to change; what they bring "
            "again is erased when it lands, but have them removed:"
        )
        said += names(searched.deliveries)
    if searched.unreadable:
        said.append(
            "Whether these deliveries hold the person is not known, for they cannot be looked into "
            "(damaged, locked with a password or packed in an unknown way):"
        )
        said += names(searched.unreadable)
    said.append(
        "Databases, interfaces, object stores and backups were not searched: have the person "
        "removed there."
    )
    return "\n".join(said)
