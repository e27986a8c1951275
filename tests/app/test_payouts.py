"""Payouts are approved as their statements say them: by another person, and never any more once something changed."""

from copy import deepcopy
from datetime import UTC, date, datetime

import pytest

from leadline.app.auditing import _unlike_paid, paid_again
from leadline.app.evidence import evidence
from leadline.app.payouts import approval, asked_as, content, of_everything, submit
from leadline.app.refresh import refresh
from leadline.app.wiring import open_published
from leadline.app.work import Office
from leadline.clock import FixedClock
from leadline.errors import WorkError
from leadline.scorecards.gates import Evidence
from leadline.scorecards.incentives import find_plan, payouts
from leadline.workflow import act
from tests.projects import quiet, refreshed, write_project
from tests.scorecards.service import calls, documents

pytestmark = pytest.mark.thorough

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
        before = {one["unit"]: one["amount"] for one in asked_as(office, opened.number)}
        assert before["south"] != str(paid(space)[1].amount)
        assert before["north"] == str(paid(space)[0].amount)
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


def test_what_an_earlier_refresh_found_is_known_to_the_ledger(tmp_path) -> None:
    gates = [{"findings": ["trade_off"]}]
    bought = {("north", "2026-05"): (8.0, 0.5)}
    root = write_project(tmp_path / "p", documents(gates=gates), {"calls.csv": calls(bought)})
    august = FixedClock(datetime(2026, 8, 3, tzinfo=UTC))
    with refreshed(root, NOW) as (space, published):
        plan = find_plan(published, "bonus")
        known = evidence(space.ledger, published, [plan])
        assert [f.unit for f in known.found] == ["north"]
        assert (known.earlier, known.refreshed) == ([], [date(2026, 6, 3)])
        assert known.always == {"trade_off": date(2026, 2, 1)}

        more = calls(bought) + "".join(
            f"{team}{month}-{k},2026-{month}-{1 + k % 28:02}T11:00:00Z,{team},{10 + k % 5},"
            f"{str(k % 10 < 7).lower()},a\n"
            for month in ("06", "07") for team in ("north", "south") for k in range(300)
        )  # fmt: skip
        more += "north-august,2026-08-02T10:00:00Z,north,12,true,a\n"
        (root / "calls.csv").write_text(more)
        refresh(space, august, quiet)
        later = open_published(space)
        known = evidence(space.ledger, later, [plan])
        assert [(f.kind, f.period, f.unit) for f in known.earlier] == [("trade_off", "2026-05", "north")]
        assert sorted((f.period, f.unit) for f in known.found) == [("2026-05", "north"), ("2026-06", "north")]
        may = date(2026, 5, 1)
        blind = Evidence(earlier=known.earlier)
        found = [payouts(later, plan, viewer="me", evidence=e, period=may) for e in (known, blind)]
        assert [[p.state for p in each] for each in found] == [["nothing", "due"], ["held", "due"]]


def test_a_payout_follows_from_its_rows_or_says_where_it_does_not(tmp_path) -> None:
    gates = [{"metric": "resolved", "at_least": 40}, {"findings": ["trade_off"]}]
    together = {"scorecard": "service", "percent": 20}
    built = documents(gates=gates, together=together)
    root = write_project(tmp_path / "p", built, {"calls.csv": calls({})})
    with refreshed(root, NOW) as (space, published):
        found = list(paid_again(space, published, "bonus", "2026-05"))
        assert [(one.kept.unit, one.outcome, one.why) for one in found] == [
            ("north", "equal", ""), ("south", "equal", ""),
        ]  # fmt: skip
        assert [one.derived.amount for one in found] == [p.amount for p in of_everything(
            space.ledger, published, find_plan(published, "bonus"), date(2026, 5, 1),
        )]  # fmt: skip
        said, other = (deepcopy(found[0].kept.statement()) for _ in range(2))
        assert list(_unlike_paid(said, other)) == []
        other["amount"], other["measures"][1]["figure"]["n"], other["gates"][0]["state"] = (
            "1.00",
            299,
            "failed",
        )
        assert list(_unlike_paid(said, other)) == [
            f"amount: {said['amount']} stands, 1.00 from the rows",
            "resolved@north n: 300 stands, 299 from the rows",
            "gate 1 state: passed stands, failed from the rows",
        ]
        space.engine.drop(published.facts.relations["call"][0])
        gone = list(paid_again(space, published, "bonus", "2026-05"))
        assert {(one.outcome, one.derived) for one in gone} == {("cannot tell", None)}
