"""The command that people are forgotten by: settings in, sentences out."""

from collections.abc import Callable
from datetime import UTC, datetime

from orchestration.erasure import ErasureError, Step, begin, find_person, finish, read_pending
from orchestration.identity import load_rules
from orchestration.run_lock import RunLock
from orchestration.settings import Settings

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
        if pending is None or pending.step is Step.SCRUB:
            begin(settings, person, datetime.now(UTC).date(), tell)
        return True


def finish_erasure(settings: Settings, tell: Callable[[str], None]) -> str:
    """After the run: remove what was published before, search every file, say what was found."""
    with RunLock(settings.data_dir, what=_WHAT):
        searched = finish(settings, tell)
    said = [
        f"{searched.files} files were searched: nothing of the person is left. Only the removes "
        "files name them, as each channel does, for they have to; delete those once uploaded."
    ]
    if searched.deliveries:
        said.append(
            "These deliveries still hold the person. They are not ours to change; what they bring "
            "again is erased when it lands, but have them removed:"
        )
        said += [f"  {path.relative_to(settings.data_dir)}" for path in searched.deliveries]
    said.append(
        "Sources outside the data folder, backups and manual decisions in "
        "seeds/identity_overrides.csv were not searched."
    )
    return "\n".join(said)
