"""The demo company's closed periods: late data and a later definition stand beside what was closed."""

import filecmp
from datetime import datetime
from pathlib import Path

import pytest

import leadline_demo
from leadline.app import periods as p
from leadline.app.demo_periods import CARD, CLOSED, FILE, HELD, LATE, OPEN, close_earlier
from leadline.app.refresh import Show, refresh
from leadline.app.wiring import workspace
from leadline.clock import FixedClock
from leadline_demo.generate import AS_OF
from tests.projects import quiet

pytestmark = pytest.mark.slow
CLOCK = FixedClock(datetime.fromisoformat(AS_OF))


class Broken(Exception):
    """The machine stops."""


def breaks_at(stage: str) -> Show:
    def show(now: str, detail: str, done: int, total: int) -> None:
        del detail, done, total
        if now == stage:
            raise Broken

    return show


def test_what_came_late_and_what_was_redefined_stands_beside_what_was_closed(tmp_path: Path) -> None:
    root = tmp_path / "demo"
    leadline_demo.generate(root, size=0.02)
    late = (root / LATE).read_bytes()
    with pytest.raises(Broken):  # in the middle of the first refresh; the next run goes on
        close_earlier(root, CLOCK, breaks_at("states"))
    assert (root / HELD).exists()
    assert not (root / LATE).exists()
    close_earlier(root, CLOCK, quiet)
    assert (root / LATE).read_bytes() == late
    assert not (root / HELD).exists()
    shipped = Path(leadline_demo.__file__).parent / "project" / FILE
    assert filecmp.cmp(root / FILE, shipped, shallow=False)
    with workspace(root, clock=CLOCK) as space:
        refresh(space, CLOCK, quiet)
        with space.ledger.read() as reader:
            states = {
                month: reader.frozen.state(reader.frozen.latest(CARD, month)) for month in (*CLOSED, OPEN)
            }
            moved = {
                month: {
                    b.was.metric: b
                    for b in p.beside(reader.frozen, p.closed(reader.frozen, CARD, month))
                    if b.now
                }
                for month in CLOSED
            }
            said = reader.commentary.current(CARD, OPEN)
    assert states == {**dict.fromkeys(CLOSED, "closed"), OPEN: "open"}
    assert {"nps", "csat_aldermann"} & moved["2026-08"].keys()
    assert "nps" not in moved["2026-07"]
    for month in CLOSED:
        one = moved[month]["qa_score"]
        assert one.now is not None
        assert (one.was.version, one.now.version) == (1, 2)
    assert said
    assert all(unit != "aldermann" for _, unit in said)
    close_earlier(root, CLOCK, breaks_at("files"))  # what is closed is left alone
