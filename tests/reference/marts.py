"""All marts of the reference at once."""

import pandas as pd

from .churn import churn, churn_episodes, customer_churn
from .cohorts import cohorts
from .customers import customers
from .facts import facts_of
from .landing import Landing
from .parameters import Parameters
from .pareto import concentration, pareto
from .quadrants import quadrants
from .retention import retention
from .rfm import customer_rfm


def reference_marts(
    landing: Landing, parameters: Parameters | None = None
) -> dict[str, pd.DataFrame]:
    """Every mart in scope by its name (and `churn_episodes`); grains stand at each function."""
    facts = facts_of(landing, parameters)
    return {
        "customers": customers(facts),
        "retention": retention(facts),
        "cohorts": cohorts(facts),
        "customer_churn": customer_churn(facts),
        "churn_episodes": churn_episodes(facts),
        "churn": churn(facts),
        "pareto": pareto(facts),
        "concentration": concentration(facts),
        "quadrants": quadrants(facts),
        "customer_rfm": customer_rfm(facts),
    }
