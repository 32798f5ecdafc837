"""Section 6 of the metrics page: `quadrant_sensitivity`."""

import pandas as pd

from .facts import Facts
from .quadrants import quadrants

AXES = {"loyalty": "loyalty_score", "profitability": "profitability"}
CHANGES_PERCENT = [-10, 10]


def quadrant_sensitivity(facts: Facts) -> pd.DataFrame:
    """Grain: snapshot_date x axis x threshold_change: customers whom a moved line would move."""
    rows = []
    for day, table in quadrants(facts).groupby("snapshot_date"):
        for axis, score in AXES.items():
            line = table[f"{axis}_threshold"].iloc[0]
            for percent in CHANGES_PERCENT:
                moved = line * (100 + percent) / 100
                changed = int(((table[score] >= line) != (table[score] >= moved)).sum())
                rows.append((day, axis, percent / 100, line, moved, len(table), changed))
    names = ["snapshot_date", "axis", "threshold_change", "threshold", "moved_threshold"]
    found = pd.DataFrame(rows, columns=[*names, "customers", "changed_customers"])
    return found.assign(changed_share=found["changed_customers"] / found["customers"])
