"""Who belongs in each segment, told in pandas from the marts and the details of customers."""

import pandas as pd

from tests.integration.conftest import Run

REASONS = (
    "service_quality",
    "product_quality",
    "price",
    "competitor",
    "dissatisfied_with_contact",
    "payment",
)


def audiences(run: Run) -> dict[str, set[str]]:
    """Segment → customer_ids, with the settings as they are shipped."""
    people = run.mart("marts.customers").set_index("customer_id")
    state, is_contractual = people["customer_state"], people["basis"] == "contractual"
    today = pd.Timestamp(people["as_of_date"].iloc[0])
    staying = state != "churned"

    def days_since(column: str) -> pd.Series:
        return (today - pd.to_datetime(people[column])).dt.days

    entered = days_since("first_purchase_date").where(
        ~is_contractual, days_since("first_contract_date")
    )
    called = days_since("last_outbound_date")
    lately_lost = (state == "churned") & (days_since("churned_at") <= 365)
    score = people["nps_score"].astype(float)
    chosen = {
        f"seg_q{n}": staying & (people["quadrant"] == quadrant)
        for n, quadrant in enumerate(("I", "II", "III", "IV"), start=1)
    }
    chosen |= {
        f"seg_class_{one.lower()}": staying & (people["pareto_class"] == one) for one in "ABC"
    }
    chosen |= {
        "seg_at_risk": state == "at_risk",
        "seg_rising": staying & people["is_rising"],
        "seg_new": (entered <= 14)
        & (called.isna() | (called > entered))
        & ((state == "new") | (is_contractual & staying)),
        "seg_second_purchase": (state == "new")
        & ~is_contractual
        & (days_since("last_purchase_date") >= 0.75 * people["expected_gap_days"]),
        "seg_winback": lately_lost & (people["contribution_margin"].astype(float) > 0),
        "seg_returned": state == "returned",
        "seg_champions": (people["rfm_segment"] == "champions")
        & state.isin(["active", "returned"])
        & ~(score <= 6),
        "seg_detractors": staying
        & (score <= 6)
        & (days_since("nps_date") <= 30)
        & (called.isna() | (called > days_since("nps_date"))),
        "seg_birthdays": staying & (state != "prospect") & people.index.isin(_celebrating(run)),
        "seg_contracts_to_renew": is_contractual
        & staying
        & (
            (people["is_renewal_due"].astype("boolean").fillna(False))
            | ((state == "at_risk") & (people["contracts_in_force"] == 0))
        ),
        "seg_contact_overdue": staying
        & (state != "prospect")
        & people["is_contact_overdue"].astype("boolean").fillna(False),
        "seg_price_sensitive": staying
        & (people["orders"] >= 2)
        & (
            (people["discount_share"] >= 0.15)
            | (people["coupon_orders"] / people["orders"].clip(lower=1) >= 0.5)
        ),
        "seg_key_accounts": staying
        & people.index.isin(run.mart("marts.key_accounts")["customer_id"]),
    }
    said = run.warehouse("select * from intermediate.int_churn__reasons")
    said = people.reset_index().merge(said, on=["customer_key", "churned_at"])
    reasons = said.set_index("customer_id")["churn_reason"].reindex(people.index)
    chosen |= {f"seg_lost_{one}": lately_lost & (reasons == one) for one in REASONS}
    return {name: set(people.index[flags]) for name, flags in chosen.items()}


def _celebrating(run: Run) -> set[str]:
    """Customers with a birthday within 14 days of as_of_date; 29 February counts as the 28th."""
    details = run.warehouse("select * from restricted.customer_details").dropna(subset="birth_date")
    today = pd.Timestamp(details["as_of_date"].iloc[0])
    days = {(today + pd.Timedelta(days=n)).strftime("%m-%d") for n in range(15)}
    born = pd.to_datetime(details["birth_date"]).dt.strftime("%m-%d").replace("02-29", "02-28")
    return set(details.loc[born.isin(days), "customer_id"])
