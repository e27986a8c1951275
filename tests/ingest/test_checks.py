"""Declared checks: each type, at each level; every row accounted for, whatever they say."""

from datetime import date, timedelta

import pytest

from leadline.ingest import quarantine
from leadline.ingest.check_notes import checked
from leadline.ingest.law import Law
from leadline.ingest.result import FileResult
from tests.ingest.conftest import CALLS
from tests.ingest.room import Room

HEADER = "call_id,at,site,score,channel\n"
GOOD = HEADER + "1,2024-05-01 10:00,EM,7,phone\n2,2024-05-01 11:00,DE,8,chat\n3,2024-05-01 12:00,DE,2,phone\n"
LEVELS = ("warn", "quarantine", "stop")

FAILING = {
    "rule": ("type: rule, holds: \"channel <> 'phone' or score >= 5\"", GOOD, [4]),
    "division": ('type: rule, holds: "10 / score <= 4"', GOOD, [4]),
    "clock": ('type: rule, holds: "extract(hour from local(at)) < 12"', GOOD, [4]),
    "minimum": ("type: values, column: score, minimum: 5", GOOD, [4]),
    "maximum": ("type: values, column: score, maximum: 7", GOOD, [3]),
    "set": ("type: values, column: site, one_of: [dach]", GOOD, [2]),
    "pattern": ("type: values, column: call_id, pattern: '[12]'", GOOD, [4]),
    "required": ("type: values, column: channel, required: true", GOOD.replace("8,chat", "8,"), [3]),
    "unique": ("type: unique, columns: [channel]", GOOD, [4]),
    "encoding": ("type: encoding, columns: [call_id]", GOOD.replace("\n2,", "\nStÃ¶rung,"), [3]),
}


def declare(room: Room, *checks: str) -> None:
    bodies = [
        f"{{kind: check, of: call, {'' if 'name:' in one else f'name: check_{nth}, '}{one}}}"
        for nth, one in enumerate(checks)
    ]
    room.write("leadline.yaml", CALLS + "".join(f"---\n{body}\n" for body in bodies))


def only(room: Room) -> FileResult:
    (result,) = room.ingest().files
    return result


@pytest.mark.thorough
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", FAILING)
def test_a_row_check_does_what_its_level_says_and_every_row_is_accounted_for(
    room: Room, name: str, level: str
) -> None:
    check, text, lines = FAILING[name]
    room.write("in/a.csv", text)
    declare(room, f"{check}, level: {level}")
    result = only(room)
    (said,) = result.checks
    assert (said.failed, list(said.lines), said.rows) == (len(lines), lines, 3)
    if level == "stop":
        assert (result.outcome, result.code, said.said) == ("refused", "check-stopped", "stopped")
        assert "check_0" in result.reason
        assert room.rows("call", "call_id") == []
        return
    assert result.outcome == "loaded"
    assert result.batch is not None
    held = len(lines) if level == "quarantine" else 0
    batch = result.batch
    assert Law(batch.rows_in, batch.rows_accepted, batch.rows_quarantined) == Law(3, 3 - held, held)
    assert said.said == ("held" if held else "warned")
    assert sorted(room.held()) == (lines if held else [])
    if held:
        assert batch.reasons == {"fails the check check_0": held}
        assert room.codes() == {line: ["check"] for line in lines}


@pytest.mark.parametrize("level", LEVELS)
def test_what_holds_passes_and_is_said_to(room: Room, level: str) -> None:
    room.write("in/a.csv", GOOD)
    declare(room, f"type: values, column: score, minimum: 0, level: {level}")
    assert [r.said for r in only(room).checks] == ["passed"]
    (kept,) = checked(room.ledger).values()
    assert [r.said for r in kept.results] == ["passed"]
    assert [name for name, _ in kept.columns] == ["call_id", "at", "site", "score", "channel"]


def test_what_is_unknown_fails_no_condition_but_required(room: Room) -> None:
    room.write("in/a.csv", HEADER + "1,2024-05-01 10:00,EM,,phone\n")
    declare(
        room,
        "type: values, column: score, minimum: 5, level: stop",
        "type: rule, holds: score > 5, level: stop",
    )
    assert only(room).outcome == "loaded"


def test_a_check_whose_columns_the_file_has_not_cannot_tell(room: Room) -> None:
    room.write("in/a.csv", "call_id,at\n1,2024-05-01 10:00\n")
    declare(room, "type: rule, holds: score > 5, level: stop", "type: unique, columns: [score]")
    assert [r.said for r in only(room).checks] == ["cannot tell", "cannot tell"]


@pytest.mark.thorough
def test_more_than_a_share_of_failing_rows_stops_the_file(room: Room) -> None:
    room.write("in/a.csv", GOOD)
    declare(room, "type: values, column: score, minimum: 5, level: quarantine, stop_above: 0.4")
    assert only(room).outcome == "loaded"
    room.write("in/a.csv", GOOD.replace("EM,7", "EM,1"))
    result = only(room)
    assert (result.outcome, result.code) == ("refused", "check-stopped")
    assert "more than the 40.00% at which it stops" in result.reason
    assert len(room.rows("call", "call_id")) == 2, "what was loaded before still counts"


@pytest.mark.thorough
def test_a_changed_check_loads_its_files_anew_and_another_one_does_not(room: Room) -> None:
    room.write("in/a.csv", GOOD)
    declare(room, "type: values, column: score, minimum: 5, level: stop")
    assert only(room).outcome == "refused"
    assert only(room).outcome == "refused", "tried again only when something changes"
    assert len(room.batches()) == 1
    declare(room, "type: values, column: score, minimum: 5, level: warn")
    assert only(room).outcome == "loaded"
    declare(room, "type: values, column: score, minimum: 5, level: warn, owner: somebody")
    assert only(room).outcome == "unchanged"


def test_a_row_that_a_check_holds_takes_no_key(room: Room) -> None:
    room.write("in/a.csv", GOOD + "3,2024-05-01 12:00,DE,9,chat\n")
    declare(room, "type: values, column: score, minimum: 5, level: quarantine")
    result = only(room)
    assert room.rows("call", "call_id", "_line") == [("1", 2), ("2", 3), ("3", 5)]
    assert result.batch is not None
    assert result.batch.reasons == {"fails the check check_0": 1}


@pytest.mark.thorough
def test_held_rows_are_tried_again_with_the_checks_as_they_are_then(room: Room) -> None:
    room.write("in/a.csv", GOOD)
    declare(
        room,
        "type: unique, columns: [channel], level: quarantine",
        "type: values, column: score, minimum: 5, level: quarantine",
    )
    assert only(room).outcome == "loaded"
    with room.staging() as staging:
        again = quarantine.replay(room.catalog, room.engine, room.ledger, staging, room.clock, actor="tester")
    assert [r.law for r in again] == [Law(1, 0, 1)], "the other row of that channel was accepted before"


REFERENCE = """
---
kind: fact
name: person
key: [person_id]
columns:
  person_id: {type: text}
---
kind: source
name: people
fact: person
files: "people/*.csv"
---
{kind: fact, name: call, extends: call, columns: {who: {type: text, references: person}}}
"""


@pytest.mark.thorough
@pytest.mark.parametrize("level", LEVELS)
def test_a_reference_is_looked_up_after_the_fact_that_it_names(room: Room, level: str) -> None:
    calls = CALLS.replace("  channel: {", "  who: {type: text, references: person}\n  channel: {")
    check = f"---\n{{kind: check, name: known, of: call, type: reference, column: who, level: {level}}}\n"
    people = REFERENCE.partition("---\n{kind: fact, name: call")[0]
    room.write("leadline.yaml", calls + people + check)
    room.write(
        "in/a.csv", "call_id,at,who\n1,2024-05-01 10:00,ann\n2,2024-05-01 11:00,bob\n3,2024-05-01 12:00,\n"
    )
    room.write("people/all.csv", "person_id\nann\n")
    result = {f.source: f for f in room.ingest(at_once=2).files}["calls"]
    (said,) = result.checks
    assert (said.failed, said.lines) == (1, (3,))
    assert result.outcome == ("refused" if level == "stop" else "loaded")
    assert sorted(room.held()) == ([3] if level == "quarantine" else [])
    room.write("people/more.csv", "person_id\nbob\n")
    room.ingest()
    if level == "quarantine":
        with room.staging() as staging:
            again = quarantine.replay(
                room.catalog, room.engine, room.ledger, staging, room.clock, actor="tester"
            )
        assert [r.law for r in again] == [Law(1, 1, 0)]


@pytest.mark.thorough
def test_columns_that_are_new_gone_or_retyped_are_told(room: Room) -> None:
    declare(room, "type: schema, level: warn")
    room.write("in/a.csv", GOOD)
    room.write("in/b.csv", "call_id,at,extra\n9,2024-05-02 10:00,x\n")
    room.write("in/c.csv", "call_id,at,extra\n10,2024-05-02 10:00,x\n")
    first, second, third = room.ingest().files
    assert [f.checks[0].said for f in (first, second, third)] == ["cannot tell", "warned", "passed"]
    assert second.checks[0].evidence["new"] == ["extra"]
    assert second.checks[0].evidence["gone"] == ["channel", "score", "site"]
    assert second.checks[0].evidence["compared_with"] == "in/a.csv"


@pytest.mark.thorough
@pytest.mark.parametrize("level", ["quarantine", "stop"])
def test_a_file_that_fails_as_a_whole_is_held_or_refused_until_a_person_lets_it_pass(
    room: Room, level: str
) -> None:
    declare(room, f"type: schema, level: {level}, name: shape")
    room.write("in/a.csv", GOOD)
    room.ingest()
    room.write("in/b.csv", "call_id,at\n9,2024-05-02 10:00\n9,2024-05-02 10:00\nx\n")
    result = next(f for f in room.ingest().files if f.file == "in/b.csv")
    assert result.outcome == ("refused" if level == "stop" else "loaded")
    if level == "quarantine":
        assert result.law == Law(3, 0, 3) if hasattr(result, "law") else True
        assert room.codes("in/b.csv") == {2: ["batch-check"], 3: ["batch-check"], 4: ["fields"]}
        with room.staging() as staging:
            again = quarantine.replay(
                room.catalog, room.engine, room.ledger, staging, room.clock, actor="tester"
            )
        assert [r.law.rows_in for r in again] in ([0], []), "a replay alone lets no file pass"
    hashed = next(b.file_hash for b in reversed(room.batches()) if b.file == "in/b.csv")
    with room.ledger.write(actor="tester") as writer:
        said = {
            "source": "calls",
            "file": "in/b.csv",
            "file_hash": hashed,
            "check": "shape",
            "reason": "as agreed",
        }
        writer.note("release_check", "file:calls:in/b.csv", after=said)
    result = next(f for f in room.ingest().files if f.file == "in/b.csv")
    assert (result.outcome, result.checks[0].said) == ("loaded", "released")
    assert room.codes("in/b.csv") == {3: ["duplicate"], 4: ["fields"]}
    assert next(f for f in room.ingest().files if f.file == "in/b.csv").outcome == "unchanged"


def days(first: int, number: int, rows: int, each: str = "phone") -> str:
    """So many rows on each of so many days, the first of them so many days after a Monday."""
    lines = []
    for day in range(first, first + number):
        at = date(2024, 1, 1) + timedelta(days=day)
        lines += [f"{day}-{n},{at} 10:00,EM,{n % 10},{each}\n" for n in range(rows)]
    return HEADER + "".join(lines)


@pytest.mark.thorough
def test_a_quiet_day_is_told_and_the_days_around_it_are_not(room: Room) -> None:
    declare(room, "type: volume, every: week, level: warn")
    for week in range(8):
        room.write(f"in/{week}.csv", days(week * 7, 7, 20))
    room.write("in/8.csv", days(56, 7, 3))
    results = [f.checks[0] for f in room.ingest().files]
    assert [r.said for r in results] == ["cannot tell"] * 4 + ["passed"] * 4 + ["warned"]
    assert "expected" in results[-1].statement
    assert results[-1].evidence["odd"][0]["rows"] == 21


@pytest.mark.thorough
def test_a_distribution_that_moved_is_told_with_what_moved(room: Room) -> None:
    declare(room, "type: drift, column: channel, level: warn", "type: drift, column: score, level: warn")
    for week in range(3):
        room.write(f"in/{week}.csv", days(week * 7, 7, 20))
    room.write("in/3.csv", days(21, 7, 20, "chat"))
    results = [[r.said for r in f.checks] for f in room.ingest().files]
    assert results == [["cannot tell"] * 2, ["passed"] * 2, ["passed"] * 2, ["warned", "passed"]]
    moved = next(f for f in room.ingest().files if f.file == "in/3.csv")
    assert moved.outcome == "unchanged"
    kept = [c for c in checked(room.ledger).values() if c.file == "in/3.csv"]
    assert kept[0].results[0].evidence["index"] > 0.25


@pytest.mark.thorough
@pytest.mark.parametrize(("level", "said"), [("warn", "warned"), ("stop", "stopped")])
def test_a_source_whose_newest_row_is_old_is_told_at_every_run(room: Room, level: str, said: str) -> None:
    declare(room, f"type: freshness, within: 2 days, level: {level}")
    room.write("in/a.csv", GOOD)
    for _ in range(2):
        ((source, result),) = room.ingest().freshness
        assert (source, result.said) == ("calls", said)
    with room.ledger.read() as reader:
        assert len(reader.notes("check_freshness")) == 1, "noted when it changes"
    room.write("in/b.csv", HEADER + "4,2030-01-01 10:00,EM,7,phone\n")
    assert room.ingest().freshness[0][1].said == "passed"


@pytest.mark.thorough
def test_the_order_in_which_files_come_does_not_matter(room: Room) -> None:
    declare(room, "type: schema", "type: drift, column: channel", "type: volume, every: week")
    texts = {f"in/{week}.csv": days(week * 7, 7, 15) for week in range(7)}
    for name, text in texts.items():
        room.write(name, text)
    together = [[r.said for r in f.checks] for f in room.ingest().files]
    room.write("in/7.csv", days(49, 7, 15))
    later = next(f for f in room.ingest().files if f.file == "in/7.csv")
    assert [r.said for r in later.checks] == together[-1]
