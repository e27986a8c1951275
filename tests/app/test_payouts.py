"""Payouts are approved as their statements say them: by another person, and never any more once something changed."""

from datetime import UTC, date, datetime

import pytest

from leadline.app.payouts import approval, content, submit
from leadline.app.refresh import refresh
from leadline.app.wiring import open_published
from leadline.app.work import Office
from leadline.clock import FixedClock
from leadline.errors import WorkError
from leadline.scorecards.incentives import find_plan, payouts
from leadline.workflow import act
from tests.projects import quiet, refreshed, write_project
from tests.scorecards.service import calls, documents

NOW = FixedClock(datetime(2026, 6, 3, tzinfo=UTC))
LATER = FixedClock(datetime(2026, 6, 4, tzinfo=UTC))


def paid(space, period=date(2026, 5, 1)):
    published = open_published(space)
    return payouts(published, find_plan(published, "bonus"), viewer="me", period=period)


def test_an_approval_is_bound_to_what_was_approved(tmp_path) -> None:
    root = write_project(tmp_path / "p", documents(owner="ann"), {"calls.csv": calls({})})
    with refreshed(root, NOW) as (space, published):
        office = Office.of(space.ledger, published.catalog)
        assert approval(space.ledger, paid(space)).state == "none"
        opened = submit(office, paid(space), "ben")
        assert opened.content == content(paid(space))
        with pytest.raises(WorkError) as refused, space.ledger.write(actor="ben") as writer:
            act(writer, opened.number, "approve", people=office.people)
        assert refused.value.code == "work-who"
        with space.ledger.write(actor="ann") as writer:
            act(writer, opened.number, "approve", people=office.people, content=content(paid(space)))
        assert approval(space.ledger, paid(space)).state == "approved"

        refresh(space, LATER, quiet)
        assert approval(space.ledger, paid(space)).state == "approved"

        (root / "calls.csv").write_text(calls({("south", "2026-05"): (8.0, 0.9)}))
        refresh(space, LATER, quiet)
        changed = approval(space.ledger, paid(space))
        assert (changed.state, changed.item.number) == ("changed", opened.number)
        again = submit(office, paid(space), "ben")
        assert again.number != opened.number
        with pytest.raises(WorkError) as twice:
            submit(office, paid(space), "ben")
        assert twice.value.code == "payout-asked"


def test_a_month_that_is_not_over_is_not_approved(tmp_path) -> None:
    root = write_project(tmp_path / "p", documents(owner="ann"), {"calls.csv": calls({})})
    with refreshed(root, NOW) as (space, published), pytest.raises(WorkError) as refused:
        submit(Office.of(space.ledger, published.catalog), paid(space, date(2026, 6, 1)), "ben")
    assert refused.value.code == "payout-open"
