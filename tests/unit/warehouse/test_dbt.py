"""What the warehouse room makes of dbt's words."""

from pathlib import Path

import pytest

from orchestration.warehouse.dbt import BuildReport, DbtError, NodeResult, check_links
from orchestration.warehouse.manifest import Manifest


def _node(name: str, kind: str, status: str, segment: str | None = None) -> NodeResult:
    return NodeResult(f"{kind}.x.{name}", name, kind, f"{name}.sql", status, "why", 0.1, segment)


def test_failed_models_and_mart_tests_stop_the_run() -> None:
    report = BuildReport(
        (
            _node("retention", "model", "success"),
            _node("sound", "test", "fail"),
            _node("seg_q1", "model", "error"),
        )
    )
    assert [node.name for node in report.failures] == ["sound", "seg_q1"]


def test_a_failed_test_of_a_segment_stops_that_segment_alone() -> None:
    report = BuildReport(
        (
            _node("audience", "test", "fail", "seg_q1"),
            _node("audience2", "test", "pass", "seg_q2"),
        )
    )
    assert report.failures == ()
    assert report.failed_segments == {"seg_q1": "audience: why"}


def test_a_lost_link_is_named_with_its_remedy(tmp_path: Path) -> None:
    for name in ("models", "seeds", "tests"):
        (tmp_path / name).mkdir()
    (tmp_path / "macros").write_text("../macros")  # what a zip download leaves of a link
    with pytest.raises(DbtError, match=r"macros is no folder.*ln -s"):
        check_links(tmp_path)


def _segment(meta: dict[str, object]) -> Manifest:
    node = {
        "resource_type": "model",
        "schema": "segments",
        "name": "seg_x",
        "unique_id": "model.x.seg_x",
        "path": "segments/seg_x.sql",
        "patch_path": "models/segments/seg_x.yml",
        "config": {"meta": {"segment": meta}},
    }
    return Manifest({"nodes": {"model.x.seg_x": node}})


def test_each_destination_of_a_segment_is_an_export() -> None:
    manifest = _segment(
        {
            "audience": "rtn_s09",
            "description_en": "x",
            "description_ru": "х",
            "destinations": ["generic_csv", "meta_customer_list"],
        }
    )
    exports = manifest.segment_exports
    assert [(e.segment, e.destination, e.audience) for e in exports] == [
        ("seg_x", "generic_csv", "rtn_s09"),
        ("seg_x", "meta_customer_list", "rtn_s09"),
    ]


def test_a_misspelt_or_missing_declaration_is_named() -> None:
    with pytest.raises(DbtError, match=r"seg_x.*lacks destinations.*unknown destination\b"):
        _ = _segment(
            {"audience": "a", "description_en": "x", "description_ru": "х", "destination": []}
        ).segment_exports


DECLARED = {"audience": "rtn_s09", "description_en": "X.", "description_ru": "Х."}


def test_a_segment_says_for_each_destination_whether_its_file_is_hashed() -> None:
    manifest = _segment(
        {
            **DECLARED,
            "destinations": ["google_customer_match", "meta_customer_list"],
            "hashed": {"meta_customer_list": False},
        }
    )
    hashed = {export.destination: export.hashed for export in manifest.segment_exports}
    assert hashed == {"google_customer_match": None, "meta_customer_list": False}


@pytest.mark.parametrize(
    ("hashed", "message"),
    [
        ({"generic_csv": False}, "seg_x.*hashed.*generic_csv"),
        (False, "seg_x.*hashed.*destination to true or false"),
        ({"meta_customer_list": "no"}, "seg_x.*hashed.*destination to true or false"),
    ],
)
def test_hashed_is_given_for_the_segments_own_destinations(hashed: object, message: str) -> None:
    meta = {**DECLARED, "destinations": ["meta_customer_list"], "hashed": hashed}
    with pytest.raises(DbtError, match=message):
        _ = _segment(meta).segment_exports


def test_a_test_audits_the_segment_it_is_attached_to() -> None:
    manifest = _segment({})
    nodes = {
        **manifest.content["nodes"],
        "test.x.a": {"resource_type": "test", "attached_node": "model.x.seg_x"},
        "test.x.b": {"resource_type": "test", "attached_node": "model.x.retention"},
    }
    assert Manifest({"nodes": nodes}).segment_audits == {"test.x.a": "seg_x"}
