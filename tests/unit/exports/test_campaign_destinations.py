"""Campaigns whose segment and destination no export has are told of."""

from pathlib import Path

import duckdb
import yaml

from orchestration.demo import marketing
from orchestration.exports import SegmentExport
from orchestration.exports.campaigns import unmeasured

SEGMENTS = Path(__file__).resolve().parents[3] / "models" / "segments"


def told(*campaigns: tuple[str, str | None, str | None], **options: str) -> list[str]:
    exports = [
        SegmentExport("seg_a", "klaviyo", "rtn_s01"),
        SegmentExport("seg_a", "call_list", "rtn_s01"),
        SegmentExport("seg_b", "klaviyo", "rtn_s02", **options),
    ]
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.campaign_results (campaign_id text, segment text, "
            "destination text, dimension_name text)"
        )
        for campaign in campaigns:
            for dimension in ("all", "country"):
                connection.execute(
                    "insert into marts.campaign_results values (?, ?, ?, ?)",
                    [*campaign, dimension],
                )
        return unmeasured(connection, exports)


def test_what_is_exported_is_not_told_of() -> None:
    assert told(("k1", "seg_a", "klaviyo"), ("k2", "seg_a", "call_list")) == []


def test_each_segment_and_destination_that_nothing_goes_to_is_told_once() -> None:
    assert told(
        ("k2", "seg_a", "email"),
        ("k1", "seg_a", "email"),
        ("k3", "seg_b", "call_list"),
        ("k4", "seg_c", "klaviyo"),
        ("k5", None, None),
    ) == [
        "k5: campaigns for no segment at no destination, to which nothing is exported, so nobody "
        "was held out of them. There is no such segment.",
        "k1, k2: campaigns for seg_a at email, to which nothing is exported, so nobody was held "
        "out of them. seg_a goes to klaviyo, call_list.",
        "k3: campaigns for seg_b at call_list, to which nothing is exported, so nobody was held "
        "out of them. seg_b goes to klaviyo.",
        "k4: campaigns for seg_c at klaviyo, to which nothing is exported, so nobody was held out "
        "of them. There is no such segment.",
    ]


def test_a_campaign_that_an_export_names_is_measured_by_that() -> None:
    assert told(("k1", "seg_b", "email"), campaign="k1") == []


def test_campaigns_of_the_demo_go_where_their_segments_go() -> None:
    for segment, destination, *_ in marketing._CAMPAIGNS:
        model = yaml.safe_load((SEGMENTS / f"{segment}.yml").read_text())["models"][0]
        assert destination in model["config"]["meta"]["segment"]["destinations"]
