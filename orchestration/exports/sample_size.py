"""How many customers a campaign needs to prove what it brings.

The textbook formula for two independent shares in groups of different size, without continuity
correction: Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions (3rd ed., 2003),
section 4.4. With groups of one size it is that of R's `power.prop.test`.
"""

from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist

from orchestration.exports.model import ExportError


@dataclass(frozen=True)
class SampleSize:
    """Customers to assign to each arm."""

    treated: int
    held_out: int

    @property
    def customers(self) -> int:
        return self.treated + self.held_out


def sample_size(
    base_rate: float,
    uplift: float,
    *,
    held_out: float = 0.1,
    power: float = 0.8,
    confidence: float = 0.95,
) -> SampleSize:
    """The least number of customers, a share `held_out` of them held out, with whom an `uplift` of
    the conversion rate (a difference, not a ratio) above `base_rate`, that of those held out, is
    found with probability `power` by a two-sided test at `confidence`. All are fractions.

    Raises `ExportError` for what is no share, or rates outside 0 to 1.
    """
    given = {
        "held-out": held_out, "power": power, "confidence": confidence, "base-rate": base_rate,
        "base-rate + uplift": base_rate + uplift,
    }  # fmt: skip
    for name, value in given.items():
        if not 0 < value < 1:
            raise ExportError(
                f"{name} is {value:g}; give a fraction above 0 and below 1, such as 0.05 for 5 %."
            )
    if uplift == 0:
        raise ExportError("uplift is 0: no number of customers proves that. Give another.")
    ratio = held_out / (1 - held_out)  # held out per treated customer
    treated_rate = base_rate + uplift
    mean = (treated_rate + ratio * base_rate) / (1 + ratio)
    of_chance = NormalDist().inv_cdf((1 + confidence) / 2) * sqrt((1 + ratio) * mean * (1 - mean))
    of_miss = NormalDist().inv_cdf(power) * sqrt(
        ratio * treated_rate * (1 - treated_rate) + base_rate * (1 - base_rate)
    )
    treated = (of_chance + of_miss) ** 2 / (ratio * uplift**2)
    return SampleSize(ceil(treated), ceil(ratio * treated))
