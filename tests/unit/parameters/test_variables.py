"""A variable that cannot be followed is one clear message, before anything is done with it."""

import re

import pytest
import yaml

from orchestration.parameters import Variables, load_variables, overrides_in
from orchestration.parameters.variables import LoyaltyWeights
from orchestration.settings import DBT_PROJECT, REPOSITORY, SettingsError
from orchestration.settings_check import check_settings

THRESHOLD = "write median, mean, percentile:NN with a number from 0 to 100, or fixed:N"


def said(project, **overrides):
    with pytest.raises(SettingsError) as caught:
        check_settings(project.folder, overrides or None)
    return str(caught.value).splitlines()


def test_the_projects_own_settings_can_be_followed(project):
    check_settings()
    check_settings(project.folder)


def test_what_the_project_sets_is_what_is_described():
    shipped = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text())["vars"]
    assert list(shipped) == list(Variables.model_fields)
    assert load_variables() == Variables(), "the defaults are what the project is shipped with"
    recorded = re.findall("'([a-z_]+)'", (REPOSITORY / "macros" / "parameters.sql").read_text())
    assert recorded == list(shipped)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("reporting_currency", "EURO", "'EURO'; write a code of three letters"),
        ("reporting_currency", 978, "978; write a code of three letters"),
        ("reporting_timezone", "Moon/Crater", "'Moon/Crater'; write an IANA name"),
        ("reporting_timezone", "Europe/Belin", "Did you mean 'Europe/Berlin'?"),
        ("reporting_timezone", None, "null; write an IANA name"),
        ("week_start", "friday", "'friday'; write monday or sunday."),
        ("fiscal_year_start_month", 0, "0; write a whole number from 1 to 12."),
        ("fiscal_year_start_month", 13, "13; write a whole number from 1 to 12."),
        ("fiscal_year_start_month", 1.5, "1.5; write a whole number from 1 to 12."),
        ("data_start", "yesterday", "'yesterday'; write a day from 1970-01-01 on"),
        ("data_start", "2024-02-31", "'2024-02-31'; write a day"),
        ("data_start", "0024-02-01", "'0024-02-01'; write a day"),
        ("default_gross_margin", 1.01, "1.01; write a number from 0 to 1."),
        ("default_gross_margin", "0.4", "'0.4'; write a number from 0 to 1, without quotes."),
        ("refunds_return_goods", "true", "'true'; write true or false, without quotes."),
        ("refunds_return_goods", 1, "1; write true or false."),
        ("small_base", -1, "-1; write a whole number from 0."),
        ("small_base", "thirty", "'thirty'; write a whole number from 0."),
        ("benchmark_grain", "decade", "'decade'; write one of week, month"),
        ("benchmark_industry", "saass", "Did you mean 'saas'?"),
        ("benchmark_grain", "year", "'year' has no row in seeds/retention_benchmarks.csv"),
        ("rhythm_prior_days", 0, "0; write a number of days above 0"),
        ("rhythm_default_days", float("nan"), "nan; write a number above 0."),
        ("rhythm_prior_gaps", 0, "0; write a number above 0."),
        ("churn_multiple", True, "true; write a number above 0."),
        ("churn_multiple", -4, "-4; write a number above 0."),
        ("min_churn_days", -30, "-30; write a whole number of days from 0"),
        ("min_churn_days", 731, "731, above max_churn_days (730)"),
        ("max_churn_days", 20, "30, above max_churn_days (20)"),
        ("churn_window_days", "ninety", "'ninety'; write a number of days above 0"),
        ("reason_lookback_days", 36_501, "36501; write a whole number of days"),
        ("rising_growth", float("inf"), "inf; write a number from 0."),
        ("pareto_history_quarters", 0, "0; write a whole number from 1 to 120."),
        ("loyalty_weights", 1, "1; write the weights recency, frequency"),
        ("loyalty_weights", dict.fromkeys(LoyaltyWeights.model_fields, 0), "are all 0; give"),
        ("loyalty_threshold", "percentile:120", f"'percentile:120'; {THRESHOLD}"),
        ("loyalty_threshold", "percentile:half", f"'percentile:half'; {THRESHOLD}"),
        ("loyalty_threshold", 50, f"50; {THRESHOLD}"),
        ("profitability_threshold", "fixed:", f"'fixed:'; {THRESHOLD}"),
        ("profitability_threshold", "average", f"'average'; {THRESHOLD}"),
        ("relationship_medium_margin", "percentile:95", "above relationship_high_margin"),
        ("onboarding_contact_days", 14.5, "14.5; write a whole number of days"),
        ("max_accounts_per_manager", 0, "0; write a whole number from 1."),
        ("key_account_min_share", 1.5, "1.5; write a number from 0 to 1."),
    ],
)
def test_a_value_that_cannot_be_used_is_one_message(project, name, value, expected):
    [problem] = said(project, **{name: value})
    assert name in problem
    assert expected in problem


def test_the_line_of_the_file_is_named(project):
    line = project.change("churn_multiple: 4", "churn_multiple: -4")
    unit = project.change("unit_of_analysis: person ", "unit_of_analysis: family ")
    weight = project.change("    tenure: 0.15", "    tenure: -0.15")
    assert said(project) == [
        f"dbt_project.yml line {line}: churn_multiple is -4; write a number above 0.",
        f"dbt_project.yml line {weight}: loyalty_weights.tenure is -0.15; write a number from 0.",
        f"dbt_project.yml line {unit}: unit_of_analysis is 'family'; write person, household or "
        "company.",
    ]


def test_a_misspelt_name_is_one_message_and_a_lacking_one_another(project):
    line = project.change("  churn_multiple: 4", "  churn_multipel: 4")
    project.change("  small_base: 30", "  # small_base: 30")
    assert said(project) == [
        f"dbt_project.yml line {line}: 'churn_multipel' is no variable of this project. Did you "
        "mean 'churn_multiple'?",
        "dbt_project.yml: the variable 'small_base' is missing; write it under `vars:` (its "
        "default is 30).",
    ]


def test_the_names_of_weights_are_checked_likewise(project):
    line = project.change("    frequency: 0.3", "    freqency: 0.3")
    project.change("    regularity: 0.1\n", "")
    problems = said(project)
    assert problems[0] == (
        f"dbt_project.yml line {line}: 'freqency' is no weight of this project. Did you mean "
        "'frequency'?"
    )
    assert "the weight 'regularity' is missing; write it under `loyalty_weights:`" in problems[1]
    assert len(problems) == 2


def test_a_name_that_stands_twice_is_said(project):
    line = project.change("  small_base: 30", "  small_base: 30\n  small_base: 50")
    assert said(project) == [
        f"dbt_project.yml line {line + 1}: small_base stands twice (first on line {line}). Keep "
        "one of them."
    ]


def test_a_contradiction_is_told_beside_other_problems(project):
    problems = said(project, min_churn_days=800, small_base=-1)
    assert len(problems) == 2
    assert "min_churn_days is 800, above max_churn_days (730)" in problems[1]


def test_at_risk_may_be_later_than_churned(project):
    """The definition takes the smaller of the two limits; below min_churn_days both differ."""
    check_settings(project.folder, {"at_risk_multiple": 5})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reporting_currency", " usd "),
        ("data_start", "2024-02-29"),
        ("loyalty_threshold", "percentile:0"),
        ("loyalty_threshold", "percentile:99.5"),
        ("profitability_threshold", "fixed:-12.5"),
        ("churn_multiple", 3.5),
        ("benchmark_industry", "saas"),
    ],
)
def test_what_can_be_used_is_taken(project, name, value):
    check_settings(project.folder, {name: value})


def test_a_day_without_quotes_is_a_day(project):
    project.change("data_start: null", "data_start: 2024-01-31")
    assert str(load_variables(project.folder).data_start) == "2024-01-31"


@pytest.mark.parametrize("arguments", [["build", "--vars", "{a: 1}"], ["--vars={a: 1}", "build"]])
def test_what_dbt_is_given_is_checked_too(arguments):
    assert overrides_in(arguments) == {"a": 1}


def test_vars_that_are_no_mapping_are_refused():
    assert overrides_in(["build", "-s", "pareto"]) == {}
    with pytest.raises(SettingsError, match=r"--vars is 'a'; write it as '\{name: value\}'"):
        overrides_in(["build", "--vars", "a"])


def test_who_is_one_customer_is_not_set_for_one_build(project):
    [problem] = said(project, unit_of_analysis="household")
    assert problem.startswith("--vars: unit_of_analysis decides who is one customer")
