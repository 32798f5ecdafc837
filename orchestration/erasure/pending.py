"""What is being erased at present: `state/erasing.json`, for its owner alone, gone at the end.

It holds the person's identifiers as they are, since what has been scrubbed can no longer say what
is still to be searched for.
"""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from orchestration.erasure.errors import ErasureError
from orchestration.erasure.person import Person
from orchestration.files import private_file, write_aside_then_rename
from orchestration.landing.erased import Carried, Membership
from orchestration.settings import Settings

FILE = "erasing.json"


class Step(StrEnum):
    """What is to be done next."""

    SCRUB = "scrub"
    REBUILD = "rebuild"


@dataclass(frozen=True)
class Pending:
    """An erasure that has begun: whom, and how far it is."""

    person: Person
    step: Step


def read_pending(settings: Settings) -> Pending | None:
    """The erasure that has begun; None where there is none."""
    path = settings.state / FILE
    if not path.exists():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    person: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in content["person"].items()
    }
    person["units"] = tuple(Membership(**one) for one in person.get("units", ()))
    person["carried"] = tuple(Carried(**one) for one in person.get("carried", ()))
    return Pending(Person(**person), Step(content["step"]))


def write_pending(settings: Settings, pending: Pending) -> None:
    """Enter how far an erasure is; on disk when this returns."""
    settings.state.mkdir(parents=True, exist_ok=True)
    with write_aside_then_rename(settings.state / FILE) as aside:
        private_file(aside)
        aside.write_text(json.dumps(asdict(pending)), encoding="utf-8")


def remove_pending(settings: Settings) -> None:
    """The erasure has come to its end."""
    (settings.state / FILE).unlink(missing_ok=True)


def check_none_cut_off(settings: Settings) -> None:
    """Raises `ErasureError` while landing may be scrubbed in part: a run would count a person as
    two.
    """
    pending = read_pending(settings)
    if pending and pending.step is Step.SCRUB:
        raise ErasureError(
            "An erasure was cut off before it came to its end. Run `retention forget --yes`: it "
            "goes on where it stopped."
        )
