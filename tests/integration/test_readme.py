"""What README and CONTRIBUTING tell people to do, done."""

import json
import re
import shutil
from pathlib import Path

from tests.integration.conftest import REPOSITORY, Run, retention
from tests.integration.copies import copy_project, run_copy

README = (REPOSITORY / "README.md").read_text()


def test_a_segment_is_added_as_readme_says(demo_run: Run, tmp_path: Path) -> None:
    """SQL and playbook as printed; its YAML that of seg_q1 with name, description, meta changed."""
    project = copy_project(tmp_path / "project")
    data_dir = tmp_path / "data"
    shutil.copytree(demo_run.data_dir, data_dir, symlinks=True)
    sql = re.search(r"```sql\n(-- models/segments/.*?)```", README, re.DOTALL)
    meta = re.search(r"```yaml\n(models:\n  - name: seg_large_and_silent.*?)```", README, re.DOTALL)
    row = re.search(r"```csv\n(seg_large_and_silent.*?)```", README, re.DOTALL)
    assert sql and meta and row
    playbook = project / "seeds" / "segment_playbook.csv"
    playbook.write_text(playbook.read_text() + row[1])
    segments = project / "models" / "segments"
    (segments / "seg_large_and_silent.sql").write_text(sql[1])
    rest = (segments / "seg_q1.yml").read_text()
    rest = rest[rest.index("    data_tests:") :]
    (segments / "seg_large_and_silent.yml").write_text(meta[1] + rest)

    run = run_copy(project, data_dir, "run")

    assert run.exit_code == 0, run.errors
    index = json.loads((data_dir / "exports" / "latest" / "index.json").read_text())
    added = {e["destination"] for e in index["exports"] if e["segment"] == "seg_large_and_silent"}
    assert added == {"generic_csv", "meta_customer_list"}


def test_models_build_on_a_file_of_ones_own(own_demo_run: Run) -> None:
    run = retention(own_demo_run.data_dir, "dbt", "build", "--select", "+seg_q1")
    assert run.exit_code == 0, run.output + run.errors
    assert (own_demo_run.data_dir / "dev.duckdb").exists()


def test_the_documentation_is_one_page(own_demo_run: Run) -> None:
    run = retention(own_demo_run.data_dir, "docs")
    assert run.exit_code == 0, run.errors
    page = own_demo_run.data_dir / "dbt" / "static_index.html"
    assert str(page) in run.output
    assert "customers_for_80" in page.read_text()


def test_the_data_set_of_readme_is_a_sources_file(tmp_path: Path) -> None:
    """The example of "Bring your own data", with files that fit it."""
    example = re.search(r"```yaml\n(sources:\n.*?)```", README, re.DOTALL)
    assert example
    data_dir = tmp_path / "data"
    inbox = data_dir / "inbox"
    inbox.mkdir(parents=True)
    (data_dir / "sources.yml").write_text(example[1])
    (inbox / "orders_2026.csv").write_text(
        "number,customer,created,state,total\n"
        "1,a,2026-01-02 10:00:00,done,10.00\n"
        "2,b,2026-01-05 11:00:00,storno,20.00\n"
        "2,b,2026-01-05 11:00:00,done,21.00\n"
        "3,a,2026-02-03 12:00:00,draft,30.00\n"
        "4,a,2026-02-04 12:00:00,done,40.00\n"
    )
    (inbox / "customers.csv").write_text(
        "ID;E-mail;Телефон;Страна\na;a@example.com;+79161234567;Россия\n", encoding="cp1251"
    )

    run = retention(data_dir, "run")

    assert run.exit_code == 0, run.errors
    assert "1 filtered" in run.output
    assert "order_id occurs more than once" in run.output
    customers = run.query(
        "select customer_id, country, orders::integer as orders from marts.customers"
    )
    assert customers.sort_values("customer_id").to_numpy().tolist() == [
        ["a", "RU", 2],
        ["b", "unknown", 1],
    ]
