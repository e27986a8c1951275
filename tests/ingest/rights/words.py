"""What customers said, and which rows are without a right because of it: what the tests of rights share."""

from datetime import datetime
from typing import NamedTuple

from sqlglot import exp

from leadline.ingest.consent import WITHDRAWN_SINCE
from leadline.ingest.derived import derive
from leadline.ingest.identity.resolve import Place, resolve, tables
from leadline.ingest.leaving import Rows
from leadline.ingest.left_out import left_out
from leadline.metrics.states import live_relations, people
from leadline.store.engine import Relation
from tests.ingest.room import Room


class Word(NamedTuple):
    """One word: on which day (a row is of day 10), granted or not, for which channel (empty: every one)."""

    day: int
    granted: bool
    channel: str = ""


def said(text: str) -> list[Word]:
    """Read `+5 -20 +20:phone`: what was said on which day, and for which channel."""
    found = []
    for one in text.split():
        day, _, channel = one[1:].partition(":")
        found.append(Word(int(day), one[0] == "+", channel))
    return found


def without(room: Room, now: datetime) -> set[tuple[str, str]]:
    """Refresh, and give the rows without a right (by their first key), each with the purpose."""
    live = room.ingest().live
    place = Place(room.catalog, room.engine, room.ledger, room.staging)
    room.kept = {"identity": tables(resolve(place, live, room.kept, room.clock, actor="tester"))}
    persons = people(room.kept)
    derived = derive(room.catalog, room.engine, live, persons)
    relations = live_relations([(b.fact, b.id) for b in live if b.rows_accepted], derived)
    keys = left_out(Rows(room.catalog, room.engine, relations, now, persons))
    found: set[tuple[str, str]] = set()
    for fact, mine in keys.items():
        key = room.catalog.facts[fact].key
        types = {**dict.fromkeys(key, "text"), "_purpose": "text", "_reason": "text"}
        scan = room.engine.scan([Relation("left_out", fact, k) for k in mine], types, "x")  # type: ignore[arg-type]  # the literals are these
        rows = room.engine.read(exp.select("*").from_(scan)).to_pylist()
        rows = [row for row in rows if row["_reason"] != WITHDRAWN_SINCE]
        assert {row["_reason"] for row in rows} <= {"no_consent"}
        told = [(*(row[one] for one in key), row["_purpose"]) for row in rows]
        assert len(told) == len(set(told)), "a row is left out once"
        found |= {(row[key[0]], row["_purpose"]) for row in rows}
    return found
