"""Any order, any batches, any decisions and their undoing: the same persons, and ids that stay.

Every history runs twice over: with only what is touched resolved anew (`few`), whatever its share, and with everything.
"""

import tempfile
from contextlib import ExitStack
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from leadline.ingest.identity import parts, run
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


def together(
    rows: dict[str, dict[str, Any]],
    persons: set[frozenset[str]],
    accepted: set[tuple[str, str]],
    rejected: set[tuple[str, str]],
) -> set[frozenset[str]]:
    """Give the households: persons, then decisions, then who shares a name, unless it is rejected."""
    records = {key: standard(one) for key, one in rows.items()}
    group = {key: person for person in persons for key in person}
    apart = {
        two for two in rejected if two[0] in group and two[1] in group and group[two[0]] != group[two[1]]
    }
    links = [*sorted(accepted), *sorted(shared(records, ["name"], 6))]
    for a, b in links:
        if a in group and b in group and group[a] != group[b]:
            both = group[a] | group[b]
            if not any(set(two) <= both for two in apart):
                group |= dict.fromkeys(both, both)
    return set(group.values())


def asked(room: Persons) -> set[frozenset[frozenset[str]]]:
    """Give which persons are asked about, two by two."""
    ids = room.ids()
    members = {name: frozenset(k for k, one in ids.items() if one == name) for name in set(ids.values())}
    return {frozenset({members[ids[one["a"]]], members[ids[one["b"]]]}) for one in room.review()}


def rows_of(room: Persons, columns: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Give rows of the relation of people in order."""
    return sorted((tuple(row.values()) for row in room.part("people", **columns)), key=repr)


class Arrivals(RuleBasedStateMachine):
    """Records come, change and go in any order; people decide and take it back."""

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        self.folder = folder = Path(self.open.enter_context(tempfile.TemporaryDirectory()))
        self.room: Persons = self.open.enter_context(
            persons(folder / "room", ("name", "email", "born"), IDENTITY)
        )
        self.decisions: dict[int, tuple[bool, tuple[str, str], str]] = {}
        self.before: dict[str, dict[str, str]] = {"person": {}, "household": {}}
        self.patch = self.open.enter_context(pytest.MonkeyPatch.context())
        self.room.resolve()

    @initialize(few=st.booleans())
    def shares(self, few: bool) -> None:
        """Only what is touched is resolved anew, or everything is."""
        self.patch.setattr(run, "FEW", 1e9 if few else -1.0)
        self.patch.setattr(parts, "LAYERS", 3)

    @rule(rows=st.dictionaries(st.sampled_from(KEYS), row, max_size=4))
    def come(self, rows: dict[str, dict[str, Any]]) -> None:
        """Some records come, or change."""
        self.room.resolve(rows)

    @precondition(lambda self: self.room.records)
    @rule(data=st.data())
    def go(self, data: st.DataObject) -> None:
        """A record goes."""
        self.room.resolve(gone=[data.draw(st.sampled_from(sorted(self.room.records)))])

    @rule(two=pair, accept=st.booleans(), level=st.sampled_from(["", "", "household"]))
    def decide(self, two: tuple[str, str], accept: bool, level: str) -> None:
        """A person decides."""
        self.decisions[self.room.decide(accept, *two, level=level)] = (accept, two, level)
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
        accepted, rejected = self.said("")
        persons = expected(self.room.records, accepted, rejected)
        assert self.room.clusters() == persons
        assert self.room.clusters("household") == together(
            self.room.records, persons, *self.said("household")
        )

    def said(self, level: str) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
        """Give what is accepted and what is rejected at a level: the last decision on a pair."""
        last: dict[tuple[str, str], bool] = {}
        for number in sorted(self.decisions):
            accept, two, of = self.decisions[number]
            if of == level:
                last[two] = accept
        accepted, rejected = ({two for two, said in last.items() if said is kind} for kind in (True, False))
        return accepted, rejected

    @invariant()
    def what_is_kept_is_what_everything_at_once_would_keep(self) -> None:
        """Counts, pairs that are asked about, and standardised values too."""
        with persons(self.folder / f"again{self.room.batches}", ("name", "email", "born"), IDENTITY) as again:
            for number in sorted(self.decisions):
                accept, two, level = self.decisions[number]
                again.decide(accept, *two, level=level)
            state = again.resolve(self.room.records)
            mine = self.room.state
            names = ("records", "links", "person", "household", "review")
            assert mine
            assert [mine.counts[n] for n in names] == [state.counts[n] for n in names]
            assert asked(self.room) == asked(again)
            columns = {
                "record": "text",
                "hash": "text",
                "links": "integer",
                "v_name": "text",
                "v_born": "text",
            }
            assert rows_of(self.room, columns) == rows_of(again, columns)

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


@pytest.mark.thorough
class TestArrivals(Arrivals.TestCase):  # type: ignore[name-defined,misc]  # Hypothesis makes it at run time
    """A few histories in every run of the tests."""

    settings = few


@pytest.mark.slow
class TestManyArrivals(Arrivals.TestCase):  # type: ignore[name-defined,misc]  # Hypothesis makes it at run time
    """Many histories."""

    settings = settings(few, max_examples=6, stateful_step_count=8)
