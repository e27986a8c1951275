"""Every planted truth is written down, is well formed, and has a check of its own in these tests."""

import re
from datetime import date
from pathlib import Path

from tests.demo.company import Company

KINDS_OF_TODAY = {
    "off_target",
    "changed_from_previous",
    "changed_from_last_year",
    "held_rows",
    "refused_file",
}


def test_every_truth_has_a_check_and_every_check_a_truth(company: Company) -> None:
    checks = {
        name
        for path in Path(__file__).parent.glob("test_truths_*.py")
        if path.name != Path(__file__).name
        for name in re.findall(r"^def test_(\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    planted = [truth["id"] for truth in company.document["truths"]]
    assert len(planted) == len(set(planted)) >= 36
    assert set(planted) == checks


def test_truths_say_where_when_how_large_and_what_to_expect(company: Company) -> None:
    for truth in company.document["truths"]:
        assert truth["title"], truth["id"]
        assert truth["says"], truth["id"]
        assert truth["kind"], truth["id"]
        since, until = (date.fromisoformat(truth["when"][key]) for key in ("from", "to"))
        assert date(2025, 5, 1) <= since <= until <= date(2026, 10, 31)
        assert truth["size"] or truth["planted"] or truth["kind"] in {"refused_file", "not_a_finding"}, truth[
            "id"
        ]
        expected = [*truth["expect"], *truth["signs"], *truth["silent"]]
        assert expected, truth["id"]
        assert not truth["expect"] if truth["kind"] == "not_a_finding" else truth["expect"], truth["id"]
        for finding in expected:
            assert {"metric", "source", "fact"} & set(finding), finding
        assert all(finding["finding"] in KINDS_OF_TODAY for finding in truth["signs"]), truth["id"]


def test_many_kinds_of_truth_are_planted(company: Company) -> None:
    kinds = {truth["kind"] for truth in company.document["truths"]}
    assert len(kinds) >= 20
    assert {
        "gaming",
        "root_cause",
        "duplicate_identity",
        "simpson",
        "lead_lag",
        "experiment",
        "consent",
    } <= kinds
