"""Timers and jobs: what is due goes off once, whoever looks and however often; leases run out."""

from datetime import timedelta

import pytest

from leadline.errors import StoreError
from leadline.store.ledger import Ledger
from leadline.store.work_entries import Job
from leadline.workflow import act, item, open_item, set_due
from leadline.workflow.jobs import Done, put_timers, timers, work_off
from leadline.workflow.timers import due
from tests.workflow.conftest import Ticking
from tests.workflow.worlds import NOON, STAFF, declare

TIMED = """
kind: workflow
name: timed
states:
  open:
    due: 5 days
    assignee: person ann
    timers:
      - {do: remind, after: 1 day, every: 1 day}
      - {do: escalate, overdue: 1 day, who: role steward}
      - {do: transition, after: 20 days, transition: lapse}
  stale: {timers: [{do: remind, after: 1 hour, who: author}]}
  done: {final: true}
transitions:
  finish: {from: [open, stale], to: done}
  lapse: {from: [open], to: stale, who: role steward}
"""
HANDLERS = timers(lambda: STAFF, {})


def opened(ledger: Ledger, number: int = 1) -> None:
    with ledger.write(actor="arthur") as writer:
        for _ in range(number):
            open_item(writer, declare(TIMED), title="t", people=STAFF)


def tick(ledger: Ledger, clock: Ticking, holder: str = "w1") -> list[str]:
    put_timers(ledger, clock, actor="worker")
    return [one.outcome for one in work_off(ledger, clock, HANDLERS, actor="worker", holder=holder)]


def kinds(ledger: Ledger, number: int = 1) -> list[str]:
    with ledger.read() as reader:
        return [event.kind for event in item(reader, number).events]


@pytest.mark.thorough
def test_timers_go_off_once_and_in_order(ledger: Ledger, clock: Ticking) -> None:
    opened(ledger)
    assert tick(ledger, clock) == []
    clock.later(days=1)
    assert tick(ledger, clock) == ["remind"]
    assert tick(ledger, clock) == []
    clock.later(days=3)  # nobody looked for three days: one reminder, not three
    assert tick(ledger, clock) == ["remind"]
    clock.later(days=2)
    assert tick(ledger, clock) == ["remind", "escalate"]
    with ledger.read() as reader:
        assert item(reader, 1).assignee == "role steward"
        assert reader.work.notices(["role steward"])[0].text == "Escalated to you: t"
        assert [n.recipient for n in reader.work.notices(["ann"])] == [
            "ann"
        ] * 4  # three reminders, and the gift
    clock.later(days=14)
    assert tick(ledger, clock) == ["remind", "transition"]
    with ledger.read() as reader:
        assert item(reader, 1).state == "stale"
    clock.later(hours=1)
    assert tick(ledger, clock) == ["remind"]
    clock.later(days=100)
    assert tick(ledger, clock) == []


def test_a_new_due_date_is_a_new_chance_to_miss_it(ledger: Ledger, clock: Ticking) -> None:
    opened(ledger)
    clock.later(days=6)
    assert sorted(tick(ledger, clock)) == ["escalate", "remind"]
    with ledger.write(actor="ann") as writer:
        set_due(writer, 1, NOON + timedelta(days=8))
    clock.later(hours=12)
    assert tick(ledger, clock) == []
    clock.later(days=3)
    assert "escalate" in tick(ledger, clock)


def test_what_is_over_reminds_nobody(ledger: Ledger, clock: Ticking) -> None:
    opened(ledger)
    clock.later(days=30)
    put_timers(ledger, clock, actor="worker")
    with ledger.write(actor="sid") as writer:
        act(writer, 1, "finish", people=STAFF)
    done = [one.outcome for one in work_off(ledger, clock, HANDLERS, actor="w", holder="w")]
    assert set(done) == {"overtaken"}
    assert kinds(ledger) == ["opened", "moved"]


def test_a_held_job_is_left_alone_until_its_lease_has_run_out(ledger: Ledger, clock: Ticking) -> None:
    opened(ledger)
    clock.later(days=1)
    put_timers(ledger, clock, actor="worker")
    with ledger.write(actor="worker") as writer:
        dead = writer.jobs.take("killed", timedelta(seconds=60))
        assert dead is not None
        assert writer.jobs.take("other", timedelta(seconds=60)) is None
    assert tick(ledger, clock, "other") == []
    clock.later(seconds=60)
    assert tick(ledger, clock, "other") == ["remind"]

    def slow() -> None:  # it was not killed after all
        with ledger.write(actor="worker") as writer:
            writer.note("half of what it does", "x")
            writer.jobs.done(dead, "too late")

    with pytest.raises(StoreError) as late:
        slow()
    assert late.value.code == "job-taken"
    with ledger.read() as reader:
        assert reader.notes("half of what it does") == []
    assert kinds(ledger) == ["opened", "reminded"]


def test_a_job_that_fails_is_tried_again_and_not_for_ever(ledger: Ledger, clock: Ticking) -> None:
    with ledger.write(actor="w") as writer:
        assert writer.jobs.put("k", "breaks", clock.now())
        assert not writer.jobs.put("k", "breaks", clock.now())
    tried = 0

    def breaks(_: object, job: Job) -> str:
        nonlocal tried
        tried += 1
        raise StoreError(f"no {job.key}", code="store")

    for _ in range(20):
        found = list(work_off(ledger, clock, {"breaks": breaks}, actor="w", holder="w"))
        assert found in ([], [Done("k", "no k", ok=False)])
        clock.later(seconds=61)
    assert tried == 5
    with ledger.read() as reader:
        assert [one.outcome for one in reader.jobs.given_up()] == ["no k"]


def test_a_timer_that_was_written_is_never_written_again(ledger: Ledger, clock: Ticking) -> None:
    """Also where a job is lost: the ledger itself takes a timer's name once."""
    opened(ledger)
    clock.later(days=1)
    with ledger.read() as reader:
        (firing,) = due(item(reader, 1), clock.now())
    assert tick(ledger, clock) == ["remind"]
    with ledger.read() as reader:
        assert list(due(item(reader, 1), clock.now())) == []
        assert firing.key in reader.work.fired(1)
