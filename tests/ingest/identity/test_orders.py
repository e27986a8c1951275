"""Any order, any batches, any decisions and their undoing: the same persons, and ids that stay."""

import tempfile
from contextlib import ExitStack
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.ingest.identity.persons import Persons, persons

IDENTITY = """
kind: identity
name: who
of: person_record
at_most: 4
values: {name: {of: name, as: name}, email: {of: email, as: email}, born: {of: born, as: exact}}
same:
  - {name: email, values: [email], at_most: 3}
  - {name: name_and_birth, values: [name, born], at_most: 5}
never: [{name: birth, values: [born]}]
levels: {household: {same: [{name: name, values: [name], at_most: 6}]}}
"""
KEYS = tuple("abcdefg")
row = st.fixed_dictionaries({
    "name": st.sampled_from(["Ana", "Bo", "ÂNA", None]),
    "email": st.sampled_from(["x@x", "X@x ", "y@y", "no address", None]),
    "born": st.sampled_from(["1", "2", None, None]),
})  # fmt: skip
pair = st.sampled_from(list(combinations(KEYS, 2)))


def standard(one: dict[str, Any]) -> dict[str, str | None]:
    """What is compared of a record, said once more without the code under test."""
    email = (one["email"] or "").strip().lower()
    name = (one["name"] or "").lower().replace("â", "a")
    return {"name": name or None, "email": email if email.count("@") == 1 else None, "born": one["born"]}


def shared(records: dict[str, dict[str, str | None]], names: list[str], most: int) -> list[tuple[str, str]]:
    """Give the pairs that share all of some values, where at most so many records do."""
    groups: dict[tuple[str | None, ...], list[str]] = {}
    for key in sorted(records):
        values = tuple(records[key][name] for name in names)
        if None not in values:
            groups.setdefault(values, []).append(key)
    return [two for keys in groups.values() if len(keys) <= most for two in combinations(keys, 2)]


def expected(
    rows: dict[str, dict[str, Any]], accepted: set[tuple[str, str]], rejected: set[tuple[str, str]]
) -> set[frozenset[str]]:
    """Give the persons, in the plainest way: links from the strongest, each taken unless it breaks something."""
    records = {key: standard(one) for key, one in rows.items()}
    first = shared(records, ["email"], 3)
    second = [two for two in shared(records, ["name", "born"], 5) if two not in first]
    links = [(two, two in accepted) for two in [*sorted(accepted), *sorted(first), *sorted(second)]]
    group = {key: frozenset([key]) for key in records}
    for (a, b), firm in links:
        if a not in group or b not in group or group[a] == group[b]:
            continue
        both = group[a] | group[b]
        born = [{records[key]["born"] for key in group[side]} - {None} for side in (a, b)]
        clash = not (born[0] <= born[1] or born[1] <= born[0])
        if any(set(two) <= both for two in rejected) or (not firm and (clash or len(both) > 4)):
            continue
        group |= dict.fromkeys(both, both)
    return set(group.values())


class Arrivals(RuleBasedStateMachine):
    """Records come, change and go in any order; people decide and take it back."""

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        folder = Path(self.open.enter_context(tempfile.TemporaryDirectory()))
        self.room: Persons = self.open.enter_context(persons(folder, ("name", "email", "born"), IDENTITY))
        self.decisions: dict[int, tuple[bool, tuple[str, str]]] = {}
        self.before: dict[str, dict[str, str]] = {"person": {}, "household": {}}
        self.room.resolve()

    @rule(rows=st.dictionaries(st.sampled_from(KEYS), row, max_size=4))
    def come(self, rows: dict[str, dict[str, Any]]) -> None:
        """Some records come, or change."""
        self.room.resolve(rows)

    @precondition(lambda self: self.room.records)
    @rule(data=st.data())
    def go(self, data: st.DataObject) -> None:
        """A record goes."""
        self.room.resolve(gone=[data.draw(st.sampled_from(sorted(self.room.records)))])

    @rule(two=pair, accept=st.booleans())
    def decide(self, two: tuple[str, str], accept: bool) -> None:
        """A person decides."""
        self.decisions[self.room.decide(accept, *two)] = (accept, two)
        self.room.resolve()

    @precondition(lambda self: self.decisions)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        """A decision is taken back."""
        number = data.draw(st.sampled_from(sorted(self.decisions)))
        self.room.undo(number)
        del self.decisions[number]
        self.room.resolve()

    @invariant()
    def persons_are_what_the_links_say(self) -> None:
        """The same as if everything had come at once."""
        last: dict[tuple[str, str], bool] = {}
        for number in sorted(self.decisions):
            accept, two = self.decisions[number]
            last[two] = accept
        accepted, rejected = ({two for two, said in last.items() if said is kind} for kind in (True, False))
        assert self.room.clusters() == expected(self.room.records, accepted, rejected)

    @invariant()
    def ids_stay(self) -> None:
        """A person that only gained new records, or nothing, has the id that it had; the log tells of all others."""
        for level in ("person", "household"):
            now, before = self.room.ids(level), self.before[level]
            clusters: dict[str, set[str]] = {}
            for key, name in now.items():
                clusters.setdefault(name, set()).add(key)
            told = {
                (c["id"], c["what"])
                for c in self.room.log()
                if c["level"] == level and c["run"] == self.room.state.run
            }
            for name in set(before.values()):
                were = {key for key, one in before.items() if one == name}
                for cluster, members in clusters.items():
                    if members & before.keys() == were and were <= members:
                        assert cluster == name, (level, were)
            for key, name in before.items():
                if key in now and now[key] != name:
                    assert any(id_ == name for id_, _ in told), (level, key)
            self.before[level] = now

    def teardown(self) -> None:
        """Let go."""
        self.open.close()


few = settings(max_examples=2, stateful_step_count=6, suppress_health_check=list(HealthCheck), deadline=None)


class TestArrivals(Arrivals.TestCase):  # type: ignore[name-defined,misc]  # Hypothesis makes it at run time
    """A few histories in every run of the tests."""

    settings = few


@pytest.mark.slow
class TestManyArrivals(Arrivals.TestCase):  # type: ignore[name-defined,misc]  # Hypothesis makes it at run time
    """Many histories."""

    settings = settings(few, max_examples=25, stateful_step_count=8)
