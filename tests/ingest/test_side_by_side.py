"""Files of different facts, loaded side by side: the same comes of them as one after another, and one end ends all."""

import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from leadline.errors import StoreError
from leadline.ingest.law import LawBroken
from leadline.ingest.part import parts
from leadline.ingest.result import IngestResult, Step
from leadline.ingest.runs import ingest
from leadline.ingest.side_by_side import Stop, Stopped, side_by_side
from leadline.ingest.survey import survey
from leadline.store.staging import Staging
from tests.ingest.room import CLOCK, Room, opened

FACTS = ("call", "chat", "note", "visit")
SOURCES = {"calls": "call", "more_calls": "call", "chats": "chat", "notes": "note", "visits": "visit"}
FACT = """
---
kind: fact
name: {name}
key: {key}
at: at
columns:
  id: {{type: text}}
  at: {{type: instant, required: true}}
  score: {{type: integer, minimum: 0, maximum: 10}}
"""
SOURCE = """
---
kind: source
name: {name}
fact: {fact}
files: "{name}/*.csv"
"""


ENDLESS = exp.select(exp.func("sum", exp.column("a", table="x"))).from_("range(100000000000) AS x(a)")


def project(sources: dict[str, str]) -> str:
    facts = "".join(FACT.format(name=name, key="[]" if name == "note" else "[id]") for name in FACTS)
    return (
        "kind: project\nname: p\ntime_zone: Europe/Berlin\n"
        + facts
        + "".join(SOURCE.format(name=name, fact=fact) for name, fact in sources.items())
    )


def lines(rows: list[tuple[str, str]]) -> str:
    return "id,at,score\n" + "".join(f"{key},2024-05-01,{score}\n" for key, score in rows)


@contextmanager
def rooms(number: int) -> Iterator[list[Room]]:
    """Open several rooms that have the same project."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        yield [stack.enter_context(opened(Path(folder) / str(n), project(SOURCES))) for n in range(number)]


def told(room: Room, result: IngestResult) -> dict[str, Any]:
    """Give all that a run says and leaves, batches by their files instead of their numbers."""
    names = {b.id: (b.source, b.file, bool(b.replays)) for b in room.batches()}

    def of(batch: Any) -> tuple[Any, ...] | None:
        if batch is None:
            return None
        return (*names[batch.id], batch.fact, batch.state, batch.rows_in, batch.rows_accepted, batch.rows_quarantined,
                dict(batch.reasons), batch.at_min, batch.at_max, batch.file_hash, batch.reason)  # fmt: skip

    return {
        "files": [(f.source, f.fact, f.file, f.outcome, f.reason, f.code, of(f.batch), f.supersedes and
                   names[f.supersedes]) for f in result.files],
        "live": [of(batch) for batch in result.live],
        "ledger": sorted(repr(of(batch)) for batch in room.batches()),
        "rows": {
            fact: sorted((names[b], *row) for b, *row in room.rows(fact, "_batch", "_line", "id", "score"))
            for fact in FACTS
        },
        "held": {b.file: room.held(b.file) for b in result.live},
    }  # fmt: skip


rows = st.lists(st.tuples(st.sampled_from("1234"), st.sampled_from(["0", "10", "11"])), max_size=4)
content = st.one_of(rows.map(lines), rows.map(lines), st.just(""), st.none())
"""What a file has next: rows, nothing at all (which refuses it), or no file."""
change = st.tuples(st.sampled_from(sorted(SOURCES)), st.sampled_from("ab"), content)
moves = st.fixed_dictionaries({"more_calls": st.sampled_from(["call", "chat"])})
histories = st.lists(st.tuples(st.lists(change, min_size=3, max_size=9), moves), min_size=2, max_size=3)


def same(history: list[tuple[list[tuple[str, str, str | None]], dict[str, str]]]) -> None:
    with rooms(2) as (one, other):
        for changes, moved in history:
            for room in (one, other):
                room.write("leadline.yaml", project(SOURCES | moved))
                for source, name, text in changes:
                    if text is not None:
                        room.write(f"{source}/{name}.csv", text)
                    else:
                        (room.root / source / f"{name}.csv").unlink(missing_ok=True)
            assert told(one, one.ingest()) == told(other, other.ingest(at_once=3))


@pytest.mark.thorough
@settings(max_examples=3)
@given(histories)
def test_the_same_comes_of_files_side_by_side_and_one_after_another(history: Any) -> None:
    same(history)


@pytest.mark.slow
@settings(max_examples=50)
@given(histories)
def test_the_same_comes_of_many_files_side_by_side(history: Any) -> None:
    same(history)


@pytest.mark.thorough
def test_a_file_that_moves_between_facts_joins_them(tmp_path: Path) -> None:
    with opened(tmp_path / "project", project(SOURCES)) as room:
        for source in SOURCES:
            room.write(f"{source}/a.csv", lines([("1", "5")] * (900 if source == "notes" else 1)))
            room.write(f"{source}/b.csv", lines([("1", "5")]))
        room.ingest(at_once=3)
        room.write("leadline.yaml", project(SOURCES | {"more_calls": "chat", "notes": "visit"}))
        found = survey(room.catalog, room.batches(), CLOCK, None).candidates
        jobs = [[found[n].file for n in part] for part in parts(found)]
        assert jobs == [
            ["notes/a.csv", "notes/b.csv", "visits/a.csv", "visits/b.csv"],
            [f"{source}/{name}.csv" for source in ("calls", "chats", "more_calls") for name in "ab"],
        ]


class Failing:
    """An engine whose writes of one fact go wrong; as a write ends that is the so-manieth, somebody types Ctrl-C."""

    def __init__(self, room: Room, fact: str, error: Exception | None, interrupted_at: int = 0) -> None:
        self._room = room
        self._fact = fact
        self._error = error
        self._interrupted_at = interrupted_at
        self.written: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._room.engine, name)

    def write(self, relation: Any, given: Any) -> int:
        number: int = self._room.engine.write(relation, given)
        if relation.name == self._fact:
            if self._error:
                raise self._error
            return number + 1
        time.sleep(0.2)
        self.written.append(relation.name)
        if len(self.written) == self._interrupted_at:
            os.kill(os.getpid(), signal.SIGINT)
        return number


@pytest.mark.thorough
@pytest.mark.parametrize("error", [StoreError("The disk is gone."), None])
def test_what_goes_wrong_with_one_file_ends_all(tmp_path: Path, error: Exception | None) -> None:
    with opened(tmp_path / "project", project(SOURCES)) as room:
        for n in range(30):
            room.write(f"visits/{n:02}.csv", lines([(str(n), "5")]))
            room.write(f"calls/{n:02}.csv", lines([(str(n), "5")]))
        room.write("chats/a.csv", lines([("1", "5")]))
        failing = Failing(room, "chat", error)
        with pytest.raises(
            StoreError if error else LawBroken, match="disk is gone" if error else "chats/a.csv"
        ):
            ingest(room.catalog, failing, room.ledger, room.staging, CLOCK, actor="t", at_once=3)  # type: ignore[arg-type]  # an engine that fails
        assert len(failing.written) < 60
        assert {b.fact for b in room.live()} <= {"call", "visit"}
        result = room.ingest(at_once=3)
        assert (len(result.files), result.live_law.accepted) == (61, 61)
        assert [f.file for f in result.files] == sorted(f.file for f in result.files)


@pytest.mark.thorough
def test_who_watches_is_told_one_thing_at_a_time(tmp_path: Path) -> None:
    steps: list[Step] = []
    inside = threading.Lock()

    def watch(step: Step) -> None:
        assert inside.acquire(blocking=False)
        time.sleep(0.002)
        steps.append(step)
        inside.release()

    with opened(tmp_path / "project", project(SOURCES)) as room:
        for source in SOURCES:
            for n in range(4):
                room.write(f"{source}/{n}.csv", lines([(str(n), "5")]))
        room.ingest(at_once=3, progress=watch)
    assert sorted(step.nth for step in steps if step.doing == "done") == list(range(1, 21))
    assert {step.files for step in steps} == {20}


def test_one_worker_works_in_the_thread_that_calls() -> None:
    seen: list[tuple[int, int]] = []
    side_by_side([1, 2, 3], ["w"], lambda _, job, __: seen.append((job, threading.get_ident())))
    assert seen == [(job, threading.get_ident()) for job in (1, 2, 3)]


def test_the_first_error_is_raised_when_the_others_have_ended() -> None:
    ended: list[str] = []

    def do(worker: str, job: int, stop: Stop) -> None:
        if job == 2:
            raise ValueError("two")
        try:
            while True:
                stop.check()
                time.sleep(0.01)
        except Stopped:
            ended.append(worker)
            raise

    with pytest.raises(ValueError, match="two"):
        side_by_side([0, 1, 2, 3], ["a", "b", "c"], do)
    assert len(ended) == 2


def interrupted_soon() -> None:
    """Do as Ctrl-C does, in a moment."""
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()


@pytest.mark.thorough
def test_ctrl_c_ends_every_statement_at_once(tmp_path: Path) -> None:
    with opened(tmp_path / "project", project(SOURCES)) as room, room.staging(2) as a, room.staging(2) as b:
        began = time.monotonic()
        interrupted_soon()
        with pytest.raises(KeyboardInterrupt):
            side_by_side([1, 2, 3], [a, b], lambda staging, _, __: staging.read(ENDLESS))
        assert time.monotonic() - began < 10


@pytest.mark.thorough
def test_ctrl_c_in_the_middle_of_a_run_leaves_what_the_next_one_completes(tmp_path: Path) -> None:
    with opened(tmp_path / "project", project(SOURCES)) as room:
        for source in SOURCES:
            for n in range(6):
                room.write(f"{source}/{n}.csv", lines([(f"{source}{n}", "5")]))
        slow = Failing(room, "nothing", None, interrupted_at=4)
        with pytest.raises(KeyboardInterrupt):
            ingest(room.catalog, slow, room.ledger, room.staging, CLOCK, actor="t", at_once=3)  # type: ignore[arg-type]  # an engine that is slow
        assert len(slow.written) < 30
        assert room.ingest(at_once=3).live_law.accepted == 30
        assert sum(len(room.rows(fact)) for fact in FACTS) == 30


class Endless:
    """A place to work whose mapping of rows never ends."""

    def __init__(self, staging: Staging) -> None:
        self._staging = staging

    def __getattr__(self, name: str) -> Any:
        return getattr(self._staging, name)

    def transform(self, *_: Any) -> int:
        return self._staging.read(ENDLESS).num_rows


@pytest.mark.thorough
def test_a_file_whose_mapping_ctrl_c_ends_is_not_refused(tmp_path: Path) -> None:
    with opened(tmp_path / "project", project(SOURCES)) as room:
        for source in ("calls", "chats"):
            room.write(f"{source}/a.csv", lines([("1", "5")]))

        @contextmanager
        def opening(share: int) -> Iterator[Endless]:
            with room.staging(share) as staging:
                yield Endless(staging)

        interrupted_soon()
        with pytest.raises(KeyboardInterrupt):
            ingest(room.catalog, room.engine, room.ledger, opening, CLOCK, actor="t", at_once=2)  # type: ignore[arg-type]  # a place that is slow
        assert room.batches() == []
        assert room.ingest(at_once=2).live_law.accepted == 2
