"""A redefinition that puts customers elsewhere is told apart from a change, and a renaming alone is neither."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leadline.app.wiring import Workspace
from leadline.clock import FixedClock
from leadline.insights.reclassified import reclassified
from leadline.metrics.published import Published
from tests.projects import refreshed, write_project

pytestmark = pytest.mark.thorough

NOW = FixedClock(datetime(2026, 5, 3, tzinfo=UTC))
TURN = date(2026, 3, 1)
DOCUMENTS: list[dict[str, Any]] = [
    {"kind": "project", "time_zone": "UTC"},
    {"kind": "fact", "name": "tiering", "key": ["customer", "since"], "valid": {"from": "since"}, "columns": {
        "customer": {"type": "text"}, "since": {"type": "date", "required": True},
        "tier": {"type": "text", "recoded": [{"from": TURN.isoformat(), "codes": {"A": "Gold", "B": "Silver"}}]}}},
    {"kind": "source", "name": "tiers", "fact": "tiering", "files": "tiers.csv"},
    {"kind": "fact", "name": "answer", "key": ["id"], "at": "on_day", "columns": {
        "id": {"type": "text"}, "on_day": {"type": "date"}, "who": {"type": "text", "references": "tiering"},
        "good": {"type": "boolean"}}},
    {"kind": "source", "name": "answers", "fact": "answer", "files": "answers.csv"},
    {"kind": "metric", "name": "csat", "type": "share", "of": "answer", "when": "good", "by": ["who.tier"]},
]  # fmt: skip


def write(root: Path, risen: float, seed: int = 2) -> Path:
    """600 customers; Gold are satisfied at 90 %, Silver at 60 %; a share of Silver is called Gold from March on."""
    rng = np.random.default_rng(seed)
    gold = np.arange(600) % 2 == 0
    rises = ~gold & (rng.random(600) < risen)
    tiers = "customer,since,tier\n" + "".join(
        f"c{n},2025-01-01,{'A' if gold[n] else 'B'}\nc{n},{TURN},{'Gold' if gold[n] or rises[n] else 'Silver'}\n"
        for n in range(600)
    )
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(120)]
    lines = []
    for nth in range(12_000):
        who = int(rng.integers(600))
        good = rng.random() < (0.9 if gold[who] else 0.6)
        lines.append(f"a{nth},{days[nth % 120]},c{who},{str(good).lower()}\n")
    return write_project(
        root, DOCUMENTS, {"tiers.csv": tiers, "answers.csv": "id,on_day,who,good\n" + "".join(lines)}
    )


def found(space: Workspace) -> list[tuple[str, str]]:
    with space.ledger.read() as reader:
        return [(f.slice, f.period) for f in reader.findings(kind="reclassification")]


def test_customers_put_elsewhere_by_a_redefinition_are_found_once_where_it_moves_a_figure(tmp_path) -> None:
    with refreshed(write(tmp_path / "p", 0.5), NOW) as (space, _):
        assert found(space) == [
            ("who.tier=Gold", "2026-03")
        ]  # Silver loses customers that are like the others
        with space.ledger.read() as reader:
            (one,) = reader.findings(kind="reclassification")
        assert one.evidence["moved"] == pytest.approx(-10, abs=4)
        assert "when codes were redefined (2026-03-01)" in one.statement


def test_a_renaming_alone_is_quiet(tmp_path) -> None:
    with refreshed(write(tmp_path / "p", 0.0), NOW) as (space, published):
        assert found(space) == []
        assert reclassified(published, viewer="tester") == []


@pytest.mark.slow
def test_moves_that_change_nothing_are_quiet_nearly_always(tmp_path) -> None:
    """12 worlds in which the customers who move are like those they join: at most one alarm (conservative at 5 %)."""
    alarms = 0
    for seed in range(12):
        root = write(tmp_path / str(seed), 0.3, seed)
        text = (root / "answers.csv").read_text().splitlines()
        rng = np.random.default_rng(seed)
        even = [line.rsplit(",", 1)[0] + f",{str(rng.random() < 0.75).lower()}" for line in text[1:]]
        (root / "answers.csv").write_text("\n".join([text[0], *even]) + "\n")
        with refreshed(root, NOW) as (space, _):
            alarms += bool(found(space))
    assert alarms <= 1


def test_reading_it_again_says_the_same(tmp_path) -> None:
    with refreshed(write(tmp_path / "p", 0.5), NOW) as (_, published):
        published_: Published = published
        assert reclassified(published_, viewer="a") == reclassified(published_, viewer="b")
