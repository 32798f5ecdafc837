"""Why customers leave, in the words of the standard list of reasons."""

import numpy as np

from orchestration.demo.timeline import Floats, Ints

REASONS = (
    "service quality", "product quality", "price", "competitor", "no longer needed",
    "moved away", "dissatisfied with contact", "payment", "other",
)  # fmt: skip

# Shares of the reasons for those who are discontent and for those who are not.
_DISCONTENT = (0.22, 0.20, 0.18, 0.12, 0.04, 0.03, 0.13, 0.04, 0.04)
_CONTENT = (0.05, 0.06, 0.26, 0.16, 0.22, 0.12, 0.03, 0.05, 0.05)


def draw_reasons(rng: np.random.Generator, opinion: Floats) -> Ints:
    """A place in `REASONS` for each customer of that opinion (standard deviations)."""
    drawn = rng.random(len(opinion))
    discontent = np.searchsorted(np.cumsum(_DISCONTENT), drawn)
    content = np.searchsorted(np.cumsum(_CONTENT), drawn)
    places: Ints = np.minimum(np.where(opinion < -0.3, discontent, content), len(REASONS) - 1)
    return places
