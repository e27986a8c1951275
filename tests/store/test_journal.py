"""The journal is one chain: whatever is changed behind its back, verifying says so."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa

from leadline.clock import FixedClock
from leadline.errors import StoreError
from leadline.store import journal
from leadline.store.journal import Fault
from leadline.store.ledger import Ledger
from leadline.store.ledger_reader import VERBS
from tests.store.entries import NOON, batch, definition, finding, generation


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    """A ledger in which every verb was used."""
    with ledger.write(actor="ann") as writer:
        for name in ("b1", "b2", "b3"):
            writer.record_batch(batch(name))
    with ledger.write(actor="bob") as writer:
        ids = writer.record_definitions([definition(), definition("csat")])
        writer.record_definitions([definition(words="w2")])
        writer.supersede("b1", "b2")
        writer.see_file("b3", mtime_ns=5, inode=7)
        writer.note("look", "somewhere", after={"n": 1})
        writer.publish(generation("g1", ["b2", "b3"], ids, actor="bob", tables={"t": ["x"]}), [finding()])
    return ledger


@pytest.fixture
def intruder(ledger_url: str, filled: Ledger) -> Iterator[sa.Connection]:
    """A connection of somebody who may drop triggers, and has."""
    assert filled is not None
    engine = sa.create_engine(ledger_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            triggers = connection.scalars(
                sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            ).all()
            for name in triggers:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql(
                "SET session_replication_role = replica"
            )  # no triggers, no foreign keys
        yield connection
    engine.dispose()


def faults(ledger: Ledger, connection: sa.Connection, *statements: str) -> list[Fault]:
    """Do what an intruder does, and verify."""
    for statement in statements:
        assert connection.execute(sa.text(statement)).rowcount > 0
    connection.commit()
    with ledger.read() as reader:
        return journal.verify(reader)


def test_a_ledger_that_nobody_touched_verifies(filled: Ledger) -> None:
    with filled.read() as reader:
        assert journal.verify(reader) == []
        rows = list(reader.chain())
    assert [row.seq for row in rows] == list(range(1, 11))
    assert {row.actor for row in rows} == {"ann", "bob"}
    assert [row.verb for row in rows].count("supersede") == 1
    assert rows[0].previous_hash == ""
    assert all(later.previous_hash == row.hash for row, later in itertools.pairwise(rows))


def test_an_empty_ledger_verifies(ledger: Ledger) -> None:
    with ledger.read() as reader:
        assert (journal.verify(reader), journal.head(reader)) == ([], (0, ""))


def test_the_same_deeds_give_the_same_hash_on_every_database_and_in_every_version(filled: Ledger) -> None:
    """Change what is hashed, and every ledger written before fails to verify: then this fails first."""
    with filled.read() as reader:
        assert journal.head(reader) == (
            10,
            "d961421cb12beb42f2148cfb2eafb1023f828baeea030dc1c8c87ed1551a35a2",
        )


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE journal SET \"at\" = '2026-03-01T12:00:00.000001+00:00' WHERE seq = 5",
        "UPDATE journal SET actor = 'eve' WHERE seq = 5",
        "UPDATE journal SET verb = 'look' WHERE seq = 5",
        "UPDATE journal SET subject = 'batch:b3' WHERE seq = 5",
        "UPDATE journal SET after = '{}' WHERE seq = 5",
        "UPDATE journal SET after = 'no JSON' WHERE seq = 5",
        "UPDATE journal SET previous_hash = '' WHERE seq = 5",
        "UPDATE journal SET hash = '' WHERE seq = 5",
    ],
)
def test_an_edited_row_is_found(filled: Ledger, intruder: sa.Connection, deed: str) -> None:
    found = faults(filled, intruder, deed)
    assert found
    assert found[0].seq == 5


def test_a_deleted_row_is_found(filled: Ledger, intruder: sa.Connection) -> None:
    found = faults(filled, intruder, "DELETE FROM journal WHERE seq = 5")
    assert Fault(6, "row 5 is missing") in found


def test_a_deletion_hidden_by_renumbering_is_found(filled: Ledger, intruder: sa.Connection) -> None:
    found = faults(
        filled, intruder, "DELETE FROM journal WHERE seq = 9", "UPDATE journal SET seq = 9 WHERE seq = 10"
    )
    assert [f.message for f in found] == [
        "row 9 does not follow the row before it",
        "row 9 was changed after it was written",
        "generation:g1 is in the ledger, but the journal never told of it",
    ]


def test_removing_the_newest_rows_is_found_by_what_they_told_of(
    filled: Ledger, intruder: sa.Connection
) -> None:
    found = faults(filled, intruder, "DELETE FROM journal WHERE seq = 10")
    assert found == [Fault(0, "generation:g1 is in the ledger, but the journal never told of it")]


def test_removing_the_newest_rows_with_what_they_told_of_is_found_by_an_anchor(
    filled: Ledger, intruder: sa.Connection
) -> None:
    with filled.read() as reader:
        anchor = journal.head(reader)
        assert journal.verify(reader, anchor) == []
    deeds = [
        "DELETE FROM sighting",
        "DELETE FROM finding",
        "DELETE FROM generation_batch",
        "DELETE FROM generation_definition",
        "DELETE FROM generation",
        "DELETE FROM journal WHERE seq = 10",
    ]
    assert faults(filled, intruder, *deeds) == []
    with filled.read() as reader:
        assert [f.message for f in journal.verify(reader, anchor)] == [
            "the journal no longer holds the row that was anchored"
        ]


def test_an_inserted_row_is_found(filled: Ledger, intruder: sa.Connection) -> None:
    found = faults(
        filled,
        intruder,
        'INSERT INTO journal SELECT 11, "at", actor, verb, subject, before, after, previous_hash, hash '
        "FROM journal WHERE seq = 9",
    )
    assert [f.seq for f in found] == [11, 11]


def test_reordered_rows_are_found(filled: Ledger, intruder: sa.Connection) -> None:
    found = faults(
        filled,
        intruder,
        "UPDATE journal SET seq = 99 WHERE seq = 4",
        "UPDATE journal SET seq = 4 WHERE seq = 5",
        "UPDATE journal SET seq = 5 WHERE seq = 99",
    )
    assert {f.seq for f in found if f.seq} == {4, 5, 6}


@pytest.mark.parametrize(
    ("deed", "subject"),
    [
        ("UPDATE batch SET rows_in = 4, rows_accepted = 3 WHERE id = 'b3'", "batch:b3"),
        ("UPDATE batch SET superseded_by = NULL WHERE id = 'b1'", "batch:b1"),
        ("UPDATE batch SET at_max = NULL WHERE id = 'b3'", "batch:b3"),
        ("UPDATE definition_version SET text = 'kind: metric' WHERE id = 1", "definition:1"),
        ("UPDATE definition_version SET meaning = 'm9' WHERE id = 2", "definition:2"),
        ("UPDATE generation SET tables = '{}'", "generation:g1"),
        ("UPDATE generation_batch SET batch = 'b1' WHERE position = 0", "generation:g1"),
        ("UPDATE sighting SET statement = 'All is well.'", "generation:g1"),
        ("UPDATE finding SET metric = 'csat'", "generation:g1"),
        ("DELETE FROM sighting", "generation:g1"),
        ("DELETE FROM definition_version WHERE id = 3", "definition:3"),
    ],
)
def test_an_entry_changed_behind_the_journals_back_is_found(
    filled: Ledger, intruder: sa.Connection, deed: str, subject: str
) -> None:
    found = faults(filled, intruder, deed)
    assert len(found) == 1
    assert found[0].seq == 0
    assert found[0].message.startswith(f"{subject} is ")


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE journal SET actor = 'eve'",
        "DELETE FROM journal",
        'INSERT INTO journal SELECT 99, "at", actor, verb, subject, before, after, previous_hash, hash FROM journal',
        "UPDATE definition_version SET text = ''",
        "DELETE FROM definition_version",
        "UPDATE generation SET actor = 'eve'",
        "DELETE FROM generation",
        "UPDATE generation_batch SET position = 9",
        "DELETE FROM generation_definition",
        "UPDATE finding SET metric = 'csat'",
        "DELETE FROM sighting",
        "UPDATE batch SET rows_in = 0, rows_accepted = 0, rows_quarantined = 0",
        "DELETE FROM batch",
    ],
)
def test_the_database_itself_refuses_to_rewrite_what_was(filled: Ledger, deed: str) -> None:
    with (
        pytest.raises(StoreError, match=r"never changed or deleted|must follow"),
        filled.write(actor="eve") as writer,
    ):
        writer._connection.execute(sa.text(deed))


def test_postgresql_refuses_to_empty_the_journal(postgresql_url: str, clock: FixedClock) -> None:
    ledger = Ledger(postgresql_url, clock)
    with pytest.raises(StoreError, match="never changed or deleted"), ledger.write(actor="eve") as writer:
        writer._connection.execute(sa.text("TRUNCATE journal"))
    ledger.close()


def test_json_has_one_form() -> None:
    assert journal.canonical({"b": [1, 2.5, None], "a": {"é": NOON}}) == (
        '{"a":{"\\u00e9":"2026-03-01T12:00:00.000000+00:00"},"b":[1,2.5,null]}'
    )


def test_the_journal_outlives_a_closed_ledger(home_ledger: Path, clock: FixedClock) -> None:
    for actor in ("ann", "bob"):
        opened = Ledger(f"sqlite:///{home_ledger}", clock)
        with opened.write(actor=actor) as writer:
            writer.note("look", "somewhere")
        with opened.read() as reader:
            assert journal.verify(reader) == []
            assert reader.journal()[0].actor == actor
        opened.close()


@pytest.fixture
def home_ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


class Told:
    """What a reader gives, with other rows in the journal."""

    def __init__(self, rows, contents):
        self.rows, self.kept, self.verbs = rows, contents, VERBS

    def chain(self):
        return iter(self.rows)

    def contents(self):
        return iter(self.kept)


def tampered(rows, rng):
    """Edit, delete, insert or move a row at random; give the rows, and the first place that is not what it was."""
    deed, nth = rng.choice(["edit", "delete", "insert", "move"]), rng.randrange(len(rows))
    row = rows[nth]
    renumbered = rng.random() < 0.5
    match deed:
        case "edit":
            field = rng.choice(["at", "actor", "verb", "subject", "before", "after", "previous_hash", "hash"])
            changed = replace(row, **{field: getattr(row, field) + rng.choice(["x", " ", "0"])})
            return [*rows[:nth], changed, *rows[nth + 1 :]], row.seq
        case "delete":
            rest = rows[nth + 1 :]
            if renumbered:
                rest = [replace(one, seq=one.seq - 1) for one in rest]
            return [*rows[:nth], *rest], row.seq if rest else None
        case "insert":
            copy = replace(row, actor="eve")
            return _numbered([*rows[: nth + 1], copy, *rows[nth + 1 :]]), row.seq + 1
        case _:
            other = rng.choice([n for n in range(len(rows)) if n != nth])
            found = list(rows)
            found.insert(other, found.pop(nth))
            return _numbered(found), min(nth, other) + 1


def _numbered(rows):
    return [replace(row, seq=n) for n, row in enumerate(rows, 1)]


@pytest.mark.thorough
def test_a_thousand_tamperings_are_found_and_placed(filled: Ledger) -> None:
    rng = random.Random(7)
    with filled.read() as reader:
        rows, contents, anchor = list(reader.chain()), list(reader.contents()), journal.head(reader)
    for nth in range(1000):
        changed, place = tampered(rows, rng)
        found = journal.verify(Told(changed, contents), anchor)
        assert found, nth
        if place is not None:  # no row is left to tell that the last one is gone: the anchor does
            placed = [fault.seq for fault in found if fault.seq]
            assert placed, (nth, found)
            assert placed[0] in {place, place + 1}, (nth, place, found)
    assert journal.verify(Told(rows, contents), anchor) == []


def test_the_journal_is_searched_by_everything_that_it_says(filled: Ledger) -> None:
    with filled.read() as reader:
        every = reader.journal(None)
        assert [row.seq for row in every] == list(range(10, 0, -1))
        assert {row.actor for row in reader.journal(actor="ann")} == {"ann"}
        assert [row.verb for row in reader.journal(verb="publish")] == ["publish"]
        assert [row.subject for row in reader.journal(text="SOMEWHERE")] == ["somewhere"]
        assert reader.journal(text="%") == []
        assert reader.journal(since=NOON) == every
        assert reader.journal(until=NOON) == []
        assert reader.journal(since=NOON.astimezone(timezone(timedelta(hours=9)))) == every
