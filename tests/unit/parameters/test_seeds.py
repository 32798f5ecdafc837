"""A seed with a wrong edit is one clear message: file, line, value and remedy."""

import pytest

from orchestration.parameters import load_variables, recorded_parameters, seed_tables
from orchestration.parameters.page import PAGE, page
from orchestration.parameters.seed_file import read_seeds
from orchestration.parameters.seeds import RULES
from orchestration.settings import DBT_PROJECT, REPOSITORY, SettingsError
from orchestration.settings_check import check_settings


def said(project):
    with pytest.raises(SettingsError) as caught:
        check_settings(project.folder)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("seed", "old", "new", "expected"),
    [
        ("relationship_levels", "few,0,high,partnership,30\n", "",
         ": there is no row for customers_band few, margin_band high; add one."),
        ("relationship_levels", "some,100,medium", "some,90,medium",
         " line 6: min_customers of band 'some' is 90, but 100 further up; write the same in all "
         "its rows."),
        ("relationship_levels", "few,0,high,partnership", "few,0,high,partner",
         " line 10: relationship_level is 'partner'; write basic, reactive, accountable, proactive "
         "or partnership."),
        ("relationship_levels", "few,0,high,partnership,30", "few,0,high,partnership,0",
         " line 10: contact_every_days is '0'; write a whole number from 1, or nothing."),
        ("service_tier_rules", "partnership,B,vip", "partnership,B,gold",
         " line 3: service_tier is 'gold'; write affiliated, vip or mass."),
        ("service_tier_rules", "partnership,B,vip", "partnership,A,mass",
         " line 3: relationship_level partnership, pareto_class A stands in line 2 already; keep "
         "one of them."),
        ("retention_benchmarks", "saas,month,0.16,0.35", "saas,month,0.36,0.35",
         " line 3: low_below is 0.36, above excellent_from (0.35); write at most that."),
        ("retention_benchmarks", "saas,month,0.16,0.35", "saas,month,16%,0.35",
         " line 3: low_below is '16%'; write a number from 0 to 1."),
        ("rfm_segments", "2,4,at_risk,Под угрозой\n", "",
         ": there is no row for recency_score 2, frequency_score 4; add one."),
        ("rfm_segments", "1,1,lost", "1,6,lost", " line 26: frequency_score is '6'; write a score "
         "from 1 to 5."),
        ("quadrant_playbook", "IV,low,high", "III,high,high",
         " line 5: quadrant III stands in line 4 already; keep one of them."),
        ("quadrant_playbook", "IV,low,high", "V,low,high",
         " line 5: quadrant is 'V'; write I, II, III or IV."),
        ("quadrant_playbook", "IV,low,high", "IV,high,high",
         " line 5: quadrant IV is of low loyalty and high profitability; the quadrants cannot be "
         "defined anew."),
        ("quadrant_playbook", "At stake", "", " line 5: name_en is empty; write a text."),
        ("interaction_costs", "letter,2.50", "letter,-2.50",
         " line 6: unit_cost is '-2.50'; write an amount from 0 with a point and at most 4 places, "
         "such as 2.50."),
        ("interaction_costs", "visit,40.00\n", "",
         ": there is no row for channel visit; add one, with 0 where it costs nothing."),
        ("interaction_costs", "sms,0.10", "fax,0.10",
         " line 7: channel is 'fax'; write one of call, e-mail, visit, chat, letter, sms."),
        ("segment_settings", "seg_q4,0,", "seg_q5,0,", " line 5: there is no segment 'seg_q5'; "
         "correct the name or take the row out. Did you mean"),
        ("segment_settings", "seg_q4,0,global", "seg_q4,500,",
         " line 5: holdout_bps is 500 without a salt_id; name one."),
        ("segment_settings", "seg_q4,0,global,,,", "seg_q4,0,global,3,,",
         " line 5: cap and cap_days belong together; give both or neither."),
        ("segment_settings", "seg_q4,0,global,,,,", "seg_q4,0,global,3,7,all,",
         " line 5: cap_counts is 'all'; write all_channels, own_channel, or nothing."),
        ("segment_playbook", "seg_q3,,,L", "seg_q5,,,L", " line 4: there is no segment 'seg_q5'; "
         "correct the name or take the row out. Did you mean"),
        ("segment_playbook", "seg_q3,,,L", "seg_q3,Ask,,L", " line 4: action_en and action_ru "
         "belong together; give both or neither."),
        ("segment_playbook", "seg_q3,,,L", "seg_q1,,,L", " line 4: segment seg_q1 stands in line 2 "
         "already; keep one of them."),
        ("segment_playbook", "seg_q3,,,Loyal and profitable: one of the core.", "seg_q3,,,",
         " line 4: reason_en is empty; write a text."),
        ("exchange_rates", "rate_date,currency,rate\n",
         "rate_date,currency,rate\n2024-01-01,USD,0\n",
         " line 2: rate is '0'; write a number above 0 with a point."),
        ("exchange_rates", "rate_date,currency,rate\n",
         "rate_date,currency,rate\n2024-01-01,USD,0.9\n2024-01-01,usd,0.8\n",
         " line 3: rate_date 2024-01-01, currency USD stands in line 2 already; keep one of them."),
        ("identity_guards", "mailbox,abuse,", "mail,abuse,", " line 2: kind is 'mail'; write one"),
        ("interaction_costs", "channel,unit_cost", "channel,unitcost",
         " line 1: the columns are channel,unitcost; write channel,unit_cost. Did you mean "
         "'unit_cost'?"),
        ("interaction_costs", "chat,2.00", "chat,2,00",
         " line 5: 3 cells instead of 2. Quote texts that hold commas."),
    ],
)  # fmt: skip
def test_a_wrong_edit_is_told_with_its_place(project, seed, old, new, expected):
    project.change_seed(seed, old, new)
    problems = said(project)
    assert problems[0].startswith(f"seeds/{seed}.csv{expected}"), problems
    # A row taken for another is missed where it stood.
    is_missed = new.startswith(("III,", "seg_q1,,,", "seg_q5,,,"))
    assert len(problems) == (2 if is_missed else 1)


def test_some_band_begins_at_no_customers(project):
    path = project.folder / "seeds" / "relationship_levels.csv"
    path.write_text(path.read_text().replace("few,0,", "few,100,"))
    assert said(project) == [
        "seeds/relationship_levels.csv: no band has min_customers 0; let one begin there, or small "
        "types have no level.",
        "seeds/relationship_levels.csv: 'some' and 'few' both begin at min_customers 100; give "
        "each its own.",
    ]


def test_a_seed_that_is_missing_is_told_with_all_else_that_is_wrong(project):
    (project.folder / "seeds" / "identity_overrides.csv").unlink()
    project.change_seed("rfm_segments", "5,5,champions", "5,5,")
    project.change("small_base: 30", "small_base: no")
    assert [problem.split(":")[0].split(" ")[0] for problem in said(project)] == [
        "dbt_project.yml",
        "seeds/identity_overrides.csv",
        "seeds/rfm_segments.csv",
    ]


def test_rules_are_of_seeds_that_exist_and_know_all_their_columns():
    tables = {table.name: table for table in seed_tables()}
    assert set(RULES) <= set(tables)
    for name, rule in RULES.items():
        assert set(rule.row.model_fields) == set(tables[name].columns), name


def test_every_seed_is_described():
    tables, problems = read_seeds(DBT_PROJECT / "seeds")
    assert not problems
    files = {path.stem for path in (REPOSITORY / "seeds").glob("*.csv")}
    assert {table.name for table in tables} == files


def test_lines_are_counted_through_texts_of_several_lines(project):
    project.change_seed("quadrant_playbook", "Keep them: they", "Keep them:\nthey")
    project.change_seed("quadrant_playbook", "IV,low,high", "V,low,high")
    assert said(project)[0].startswith("seeds/quadrant_playbook.csv line 6: quadrant is 'V'")


def test_a_run_records_what_differs_from_the_default_and_which_rows_it_used(project):
    project.change("churn_multiple: 4", "churn_multiple: 5")
    project.change("max_churn_days: 730", "max_churn_days: 730  # as it was")
    before = {one.name: one for one in recorded_parameters(
        load_variables(project.folder), seed_tables(project.folder), None
    )}  # fmt: skip
    assert [one.name for one in before.values() if one.is_default is False] == ["churn_multiple"]
    assert before["churn_multiple"].default_value == "4"
    assert before["loyalty_weights"].default_value is not None
    assert all(one.description and one.section for one in before.values())
    project.change_seed("interaction_costs", "sms,0.10", "sms,0.20")
    after = {one.name: one.content_hash for one in recorded_parameters(
        load_variables(project.folder), seed_tables(project.folder), None
    )}  # fmt: skip
    changed = [name for name, one in before.items() if one.content_hash != after[name]]
    assert changed == ["interaction_costs"]


def test_the_page_of_settings_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == page(seed_tables()), "run `make settings`"
