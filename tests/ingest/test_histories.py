"""Whatever happened to the files, and wherever a run was killed: what counts is what a fresh load would count.

The oracle is a few lines of Python that know nothing of batches: files that are gone keep the rows they had, all others
are read in the order of their names, and a key belongs to the first row that has it.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from leadline.ingest.runs import ingest
from tests.ingest.conftest import CALLS
from tests.ingest.room import opened

NAMES = ("a", "b", "c", "d")
Row = tuple[str, str]
"""A key and a score; a score that is no number from 0 to 10 holds the row."""

rows = st.lists(st.tuples(st.sampled_from("12345"), st.sampled_from(["0", "7", "10", "11", "x"])), max_size=4)


class Killed(BaseException):
    """The process ends here."""


class Mortal:
    """Stands for the engine or the ledger, and dies before or after a write when its time has come."""

    def __init__(self, inner: Any, hours: list[int]) -> None:
        self._inner = inner
        self._hours = hours

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def _tick(self) -> None:
        self._hours[0] -= 1
        if self._hours[0] == 0:
            raise Killed


class MortalEngine(Mortal):
    def write(self, *arguments: Any) -> int:
        self._tick()
        written: int = self._inner.write(*arguments)
        self._tick()
        return written


class MortalLedger(Mortal):
    @contextmanager
    def write(self, **arguments: Any) -> Iterator[Any]:
        self._tick()
        with self._inner.write(**arguments) as writer:
            yield writer
            self._tick()
        self._tick()


def accepted(on_disk: dict[str, list[Row]], gone: dict[str, list[Row]]) -> list[tuple[str, str, int]]:
    """Give the file, the key and the score of every row that counts."""
    found = [(file, key, int(score)) for file, kept in gone.items() for key, score in kept]
    taken = {key for _, key, _ in found}
    for file in sorted(on_disk):
        for key, score in on_disk[file]:
            if key not in taken and score != "x" and 0 <= int(score) <= 10:
                taken.add(key)
                found.append((file, key, int(score)))
    return sorted(found)


class Histories(RuleBasedStateMachine):
    """Files come, change, go, come back; runs end or are killed."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="leadline-histories-"))
        self.opening = opened(self.folder / "project", CALLS)
        self.room = self.opening.__enter__()
        self.on_disk: dict[str, list[Row]] = {}
        self.gone: dict[str, list[Row]] = {}
        self.settled = True

    @initialize(first=rows, second=rows)
    def begin(self, first: list[Row], second: list[Row]) -> None:
        self.write("b", first)
        self.write("c", second)

    @rule(name=st.sampled_from(NAMES), content=rows)
    def write(self, name: str, content: list[Row]) -> None:
        lines = [f"{key},2024-05-01,{score}" for key, score in content]
        self.room.write(f"in/{name}.csv", "\n".join(["call_id,at,score", *lines, ""]))
        self.on_disk[name] = content
        self.gone.pop(name, None)
        self.settled = False

    @precondition(lambda self: self.on_disk)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.on_disk)))
        (self.room.root / "in" / f"{name}.csv").unlink()
        del self.on_disk[name]
        kept = [(key, str(score)) for file, key, score in self.live() if file == name]
        if kept:
            self.gone[name] = kept
        self.settled = False

    @rule()
    def run(self) -> None:
        result = self.room.ingest()
        assert result.law.holds
        assert result.live_law.holds
        self.settled = True

    @rule(hour=st.integers(1, 12))
    def run_and_be_killed(self, hour: int) -> None:
        hours = [hour]
        room = self.room
        try:
            ingest(
                room.catalog, MortalEngine(room.engine, hours), MortalLedger(room.ledger, hours), room.staging,
                room.clock, actor="mortal",
            )  # fmt: skip
        except Killed:
            self.settled = False
        else:
            self.settled = True

    @invariant()
    def no_key_counts_twice(self) -> None:
        keys = [key for _, key, _ in self.live()]
        assert len(keys) == len(set(keys))

    @invariant()
    def what_counts_is_what_a_fresh_load_would_count(self) -> None:
        if self.settled:
            assert self.live() == accepted(self.on_disk, self.gone)
            self.every_row_is_accounted_for()

    def every_row_is_accounted_for(self) -> None:
        for batch in self.room.live():
            name = Path(batch.file).stem
            if name in self.on_disk:
                assert batch.rows_in == len(self.on_disk[name])

    def live(self) -> list[tuple[str, str, int]]:
        files = {b.id: Path(b.file).stem for b in self.room.live()}
        found = self.room.rows("call", "_batch", "call_id", "score")
        return sorted((files[batch], key, score) for batch, key, score in found)

    def teardown(self) -> None:
        try:
            if not self.gone and self.on_disk:
                self.room.ingest()
                assert self.live() == self.afresh()
        finally:
            self.opening.__exit__(None, None, None)
            shutil.rmtree(self.folder)

    def afresh(self) -> list[tuple[str, str, int]]:
        with opened(self.folder / "fresh", CALLS) as fresh:
            shutil.copytree(self.room.root / "in", fresh.root / "in")
            fresh.ingest()
            files = {b.id: Path(b.file).stem for b in fresh.live()}
            found = fresh.rows("call", "_batch", "call_id", "score")
            return sorted((files[batch], key, score) for batch, key, score in found)


@pytest.mark.thorough
def test_any_history_ends_where_a_fresh_load_ends() -> None:
    run_state_machine_as_test(Histories, settings=settings(max_examples=4, stateful_step_count=8))


@pytest.mark.slow
def test_many_histories_end_where_a_fresh_load_ends() -> None:
    run_state_machine_as_test(Histories, settings=settings(max_examples=60, stateful_step_count=15))
