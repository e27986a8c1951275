"""Detectors: what each type catches and what it leaves alone, whatever the order of rows; released and taken back."""

import json
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leadline.errors import SourceError
from leadline.ingest.exclusions import Detectors, Key, Released, exclusions, released, rows_caught
from leadline.ingest.leaving import Rows
from leadline.ingest.left_out import left_out
from leadline.ingest.releasing import release_rows
from leadline.store.engine import Relation
from tests.ingest.room import Room, opened

PROJECT = """
kind: project
name: answers
time_zone: Europe/Berlin
---
kind: fact
name: visit
key: [visit_id]
at: began
columns:
  visit_id: {type: text}
  began: {type: instant, required: true}
---
kind: fact
name: answer
key: [survey, question]
at: at
columns:
  survey: {type: text}
  question: {type: integer}
  at: {type: instant, required: true}
  asked: {type: instant}
  visit: {type: text, references: visit}
  sender: {type: text}
  words: {type: text}
  score: {type: integer}
  seconds: {type: number}
---
{kind: source, name: answers, fact: answer, files: "a/*.jsonl"}
---
{kind: source, name: visits, fact: visit, files: "v/*.csv"}
"""
START = datetime(2024, 3, 4, 8, tzinfo=UTC)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with opened(tmp_path / "project", PROJECT) as made:
        made.write("v/all.csv", f"visit_id,began\nv1,{START.isoformat()}\n")
        yield made


def answer(survey: str, question: int = 1, **more: object) -> dict[str, object]:
    at = more.pop("at", START)
    assert isinstance(at, datetime)
    return {"survey": survey, "question": question, "at": at.isoformat(), **more}


def declare(room: Room, *detectors: str) -> None:
    bodies = [f"{{kind: detector, name: d{n}, of: answer, {one}}}" for n, one in enumerate(detectors)]
    room.write("leadline.yaml", PROJECT + "".join(f"---\n{body}\n" for body in bodies))


def rows_of(room: Room) -> Rows:
    relations: dict[str, tuple[Relation, ...]] = {}
    for batch in room.live():
        if batch.rows_accepted:
            relations[batch.fact] = (*relations.get(batch.fact, ()), Relation("fact", batch.fact, batch.id))
    return Rows(room.catalog, room.engine, relations, room.clock.now())


def caught(room: Room, given: Mapping[str, Released] | None = None) -> dict[str, set[Key]]:
    """Give the rows that are left out, by detector."""
    detectors = Detectors(room.staging, given or {})
    left = left_out(rows_of(room), [detectors])
    assert set(left) <= {"answer"}
    found = {}
    for name, key in detectors.caught.items():
        fact = room.catalog.facts["answer"]
        rows = {key for key, _ in rows_caught(room.engine, fact, key)}
        found[name] = {row for row in rows if not (given or {}).get(name, Released()).releases(row)}
    return found


def load(room: Room, rows: list[dict[str, object]], files: int = 1, seed: int = 0) -> None:
    mixed = list(rows)
    random.Random(seed).shuffle(mixed)
    for n in range(files):
        part = mixed[n::files]
        room.write(f"a/{n}.jsonl", "".join(json.dumps(row) + "\n" for row in part))
    result = room.ingest()
    assert result.live_law.held == 0, result


def days(number: int, **more: object) -> list[dict[str, object]]:
    return [answer(f"s{n}", at=START + timedelta(hours=n), **more) for n in range(number)]


CASES: dict[str, tuple[str, list[dict[str, object]], set[str]]] = {
    "speeding": (
        "type: speeding, column: seconds, below: 5",
        [answer("a", seconds=4.9), answer("b", seconds=5), answer("c")],
        {"a"},
    ),
    "speeding for the group": (
        "type: speeding, column: seconds, share_of_median: 0.3, by: [sender], least: 5",
        [
            *(answer(f"x{n}", seconds=10 + n, sender="x") for n in range(5)),
            *(answer(f"y{n}", seconds=1 + n / 10, sender="y") for n in range(5)),
            answer("fast", seconds=2, sender="x"),
        ],
        {"fast"},
    ),
    "straight lining": (
        "type: straight_lining, respondent: [survey], column: score, questions: 3",
        [
            *(answer("same", q, score=3) for q in range(3)),
            *(answer("short", q, score=3) for q in range(2)),
            *(answer("mixed", q, score=q) for q in range(3)),
        ],
        {"same"},
    ),
    "one sender": (
        "type: repeated, same: [sender], per: day, at_most: 2",
        [
            *(answer(f"m{n}", sender="bot", at=START + timedelta(minutes=n)) for n in range(3)),
            *(answer(f"o{n}", sender="man", at=START + timedelta(days=n)) for n in range(3)),
            *(answer(f"n{n}") for n in range(3)),
        ],
        {"m0", "m1", "m2"},
    ),
    "one text": (
        "type: repeated, text: words, length: 5, per: day, at_most: 1",
        [answer("a", words="Great, GREAT!"), answer("b", words="great great"),
         answer("c", words="ok"), answer("d", words="OK")],
        {"a", "b"},
    ),
    "answered before asked": (
        "type: impossible_timing, not_before: [asked, visit.began], slack: 1 minute",
        [
            answer("early", asked=(START + timedelta(minutes=2)).isoformat()),
            answer("nearly", asked=(START + timedelta(seconds=60)).isoformat()),
            answer("before the visit", visit="v1", at=START - timedelta(hours=1)),
            answer("after the visit", visit="v1", at=START + timedelta(hours=1)),
            answer("unknown"),
        ],
        {"early", "before the visit"},
    ),
    "test": (
        "type: test, columns: [sender, words]",
        [answer("a", sender="TEST-1"), answer("b", words="test"), answer("c", sender="q@example.com"),
         answer("d", words="The best test of patience"), answer("e", sender="Protest")],
        {"a", "b", "c"},
    ),
    "spam": (
        "type: spam, columns: [words], also: ['^my own mark']",
        [answer("a", words="[AUTO] monitor alert"), answer("b", words="Out of office until Monday"),
         answer("c", words="My own mark"), answer("d", words="Your automatic door is broken")],
        {"a", "b", "c"},
    ),
    "robust z": (
        "type: outlier, column: seconds, least: 5",
        [*(answer(f"n{n}", seconds=10 + n % 5) for n in range(20)), answer("far", seconds=40)],
        {"far"},
    ),
    "fence": (
        "type: outlier, column: seconds, method: tukey, side: low, least: 5",
        [*(answer(f"n{n}", seconds=10 + n % 5) for n in range(20)), answer("far", seconds=40),
         answer("low", seconds=-20)],
        {"low"},
    ),
    "logarithm": (
        "type: outlier, column: seconds, log: true, least: 5",
        [*(answer(f"n{n}", seconds=2.0 ** (n % 7)) for n in range(28)), answer("far", seconds=1e9),
         answer("zero", seconds=0)],
        {"far"},
    ),
    "limit": (
        "type: outlier, column: seconds, method: limit, maximum: 39",
        [answer("a", seconds=40), answer("b", seconds=39)],
        {"a"},
    ),
    "no spread": ("type: outlier, column: seconds, least: 5", [*days(20, seconds=5), answer("x", seconds=9)], set()),
    "condition": (
        "type: speeding, column: seconds, below: 5, where: sender = 'bot'",
        [answer("a", seconds=1, sender="bot"), answer("b", seconds=1, sender="man"), answer("c", seconds=1)],
        {"a"},
    ),
    "burst": (
        "type: burst, by: [sender], per: hour, at_least: 10",
        [
            *days(200, sender="shop"),
            *(answer(f"b{n}", sender="shop", at=START + timedelta(hours=50, seconds=n)) for n in range(30)),
            *(answer(f"q{n}", sender="quiet", at=START + timedelta(hours=50, seconds=n)) for n in range(9)),
        ],
        {*(f"b{n}" for n in range(30)), "s50"},
    ),
}  # fmt: skip


@pytest.mark.thorough
@pytest.mark.parametrize("name", CASES)
def test_a_detector_catches_what_it_says_however_the_rows_come(room: Room, name: str) -> None:
    detector, rows, wanted = CASES[name]
    declare(room, detector)
    load(room, rows)
    first = caught(room)["d0"]
    assert {survey for survey, _ in first} == wanted
    load(room, rows, files=3, seed=1)
    assert caught(room)["d0"] == first


@pytest.mark.thorough
def test_nothing_is_looked_at_twice(room: Room) -> None:
    declare(room, "type: speeding, column: seconds, below: 5")
    load(room, [answer("a", seconds=1)])
    caught(room)
    closed = Detectors(lambda: pytest.fail("looked at rows again"), {})
    assert left_out(rows_of(room), [closed])
    declare(room, "type: speeding, column: seconds, below: 0.5")
    assert caught(room) == {"d0": set()}


@pytest.mark.thorough
def test_released_rows_count_until_they_are_excluded_again(room: Room) -> None:
    declare(room, "type: speeding, column: seconds, below: 5")
    load(room, [answer("a", 1, seconds=1), answer("b", 2, seconds=1), answer("c", 3, seconds=9)])
    detectors = Detectors(room.staging, {})
    before = left_out(rows_of(room), [detectors])

    def decide(*rows: Key, back: bool = False) -> set[str]:
        release_rows(
            room.catalog, room.engine, room.ledger, "d0", rows,
            caught=detectors.caught, actor="tester", reason="she is quick", back=back,
        )  # fmt: skip
        given = released(room.ledger)
        left = left_out(rows_of(room), [Detectors(room.staging, given)])
        (found,) = exclusions(
            room.catalog.detectors, room.catalog.facts, room.engine, detectors.caught, given
        )
        if not left:
            assert found.left_out == 0
            return set()
        rows_left = rows_in(room, left["answer"])
        assert len(rows_left) == found.left_out
        return rows_left

    assert rows_in(room, before["answer"]) == {"a", "b"}
    assert decide(("a", "1")) == {"b"}
    assert decide(("a", "1"), back=True) == {"a", "b"}
    assert decide() == set()
    assert decide(("b", "2"), back=True) == {"b"}
    assert decide(back=True) == {"a", "b"}
    with room.ledger.read() as reader:
        assert {note.actor for note in reader.notes("release_rows", "exclude_rows")} == {"tester"}
    with pytest.raises(SourceError, match="not caught"):
        decide(("c", "3"))


def rows_in(room: Room, keys: list[str]) -> set[str]:
    from sqlglot import exp

    relations = [Relation("left_out", "answer", key) for key in keys]
    query = exp.select("survey").from_(room.engine.scan(relations, {"survey": "text"}, "x"))
    return set(room.engine.read(query).column(0).to_pylist())


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("d9", "why not"), "unknown-detector"), (("d0", " "), "no-reason")],
)
def test_a_release_needs_a_detector_and_a_reason(room: Room, arguments: tuple[str, str], code: str) -> None:
    declare(room, "type: speeding, column: seconds, below: 5")
    name, reason = arguments
    with pytest.raises(SourceError) as refused:
        release_rows(
            room.catalog, room.engine, room.ledger, name, [], caught={}, actor="tester", reason=reason
        )
    assert refused.value.code == code
