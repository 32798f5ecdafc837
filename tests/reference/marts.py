"""All marts of the reference at once."""

import pandas as pd

from .accounts import key_accounts
from .campaigns import NOBODY, campaign_results
from .channels import acquisition_channels
from .churn import churn, churn_episodes, customer_churn
from .cohorts import cohorts
from .customer_value import customer_value
from .customers import customers
from .economics import retention_economics
from .facts import facts_of
from .landing import Landing
from .migration import pareto_migration, quadrant_migration
from .onboarding import onboarding
from .parameters import Parameters
from .pareto import concentration, pareto, pareto_curve
from .quadrants import quadrants
from .reasons import churn_reasons
from .retention import retention
from .rfm import customer_rfm
from .segments import segment_membership
from .sensitivity import quadrant_sensitivity
from .survival import survival
from .voice import nps


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
        "churn_reasons": churn_reasons(facts),
        "survival": survival(facts),
        "pareto": pareto(facts),
        "pareto_curve": pareto_curve(facts),
        "pareto_migration": pareto_migration(facts),
        "concentration": concentration(facts),
        "quadrants": quadrants(facts),
        "quadrant_migration": quadrant_migration(facts),
        "quadrant_sensitivity": quadrant_sensitivity(facts),
        "customer_rfm": customer_rfm(facts),
        "customer_value": customer_value(facts),
        "nps": nps(facts),
        "acquisition_channels": acquisition_channels(facts),
        "retention_economics": retention_economics(facts),
        "onboarding": onboarding(facts),
        "key_accounts": key_accounts(facts),
        "segment_membership": segment_membership(facts),
        "campaign_results": campaign_results(facts, landing, NOBODY),
    }
