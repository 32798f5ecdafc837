"""Erasure: a person is forgotten everywhere, and the figures stay what they were.

`find_person` says whom an id means; `begin` writes the intent and scrubs landing, quarantine and
state; the next run rebuilds and publishes; `finish` removes what was published before, and searches
every file. Between the steps `state/erasing.json` says what is to be done, so that an erasure which
was cut off can go on.
"""

from orchestration.erasure.errors import ErasureError
from orchestration.erasure.forget import begin, finish
from orchestration.erasure.pending import Step, check_none_cut_off, read_pending
from orchestration.erasure.person import Person, find_person

__all__ = [
    "ErasureError",
    "Person",
    "Step",
    "begin",
    "check_none_cut_off",
    "find_person",
    "finish",
    "read_pending",
]
