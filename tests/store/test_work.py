"""The area of work: its rows stay as they were written, the journal tells of each, and an older ledger gets it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic import command

from leadline.clock import FixedClock
from leadline.errors import StoreError
from leadline.store.journal import verify
from leadline.store.ledger import Ledger
from leadline.store.migrations import configuration
from leadline.store.work_entries import Link, NewEvent, Told
from tests.store.entries import NOON, batch, definition


def event(**different: object) -> NewEvent:
    values: dict[str, object] = {
        "kind": "opened", "state": "open", "closed": False, "assignee": "ann", "due": NOON, "content": None,
        "said": {"fields": {"why": "Grüße"}}, "words": "Grüße", "links": (Link("metric", "nps", {"value": 1.0}),),
        "told": (Told("ann", "look"),),
    }  # fmt: skip
    return NewEvent(**values | different)  # type: ignore[arg-type] # as a test says


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    with ledger.write(actor="ann") as writer:
        (known,) = writer.record_definitions([definition("w", kind="workflow")])
        for _ in range(3):
            number = writer.work.open("w", known, "title", event())
            writer.work.add(number, event(kind="reminded", timer=f"t{number}"))
    return ledger


@pytest.fixture
def connection(ledger_url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(ledger_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def test_what_was_kept_is_given(filled: Ledger) -> None:
    with filled.read() as reader:
        assert [one.number for one in reader.work.items()] == [1, 2, 3]
        first, second = reader.work.events(2)
        assert (first.links, first.told) == ((Link("metric", "nps", {"value": 1.0}),), (Told("ann", "look"),))
        assert (second.kind, second.timer, second.actor) == ("reminded", "t2", "ann")
        assert verify(reader) == []


def test_a_timer_goes_off_once_by_the_ledger_and_by_the_database(
    filled: Ledger, connection: sa.Connection
) -> None:
    with pytest.raises(StoreError) as twice, filled.write(actor="ann") as writer:
        writer.work.add(1, event(kind="reminded", timer="t1"))
    assert twice.value.code == "work-timer"
    rest = "kind, at, actor, state, closed, assignee, due, content, timer, said, words"
    row = f"INSERT INTO work_event SELECT item, 9, {rest} FROM work_event WHERE timer = 't1'"
    with pytest.raises(sa.exc.IntegrityError):
        connection.execute(sa.text(row))


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE work_item SET title = 'other' WHERE number = 2",
        "UPDATE work_event SET state = 'done' WHERE item = 2 AND position = 2",
        "UPDATE work_event SET words = 'x' WHERE item = 1",
        "UPDATE work_link SET name = 'csat' WHERE item = 1",
        "DELETE FROM work_link WHERE item = 3 AND position = 2",
        "UPDATE outbox SET recipient = 'bob' WHERE item = 3",
        "DELETE FROM outbox WHERE item = 3 AND position = 1",
    ],
)
def test_rows_stay_and_who_changes_them_all_the_same_is_found(
    filled: Ledger, connection: sa.Connection, tampering: str
) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="never changed or deleted"):
        connection.execute(sa.text(tampering))
    connection.rollback()
    table = tampering.split()[2] if tampering.startswith("DELETE") else tampering.split()[1]
    if connection.dialect.name == "sqlite":
        for verb in ("update", "delete"):
            connection.execute(sa.text(f"DROP TRIGGER {table}_keeps_{verb}"))
    else:
        connection.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    connection.execute(sa.text(tampering))
    connection.commit()
    with filled.read() as reader:
        faults = verify(reader)
    assert faults
    assert all("work:" in fault.message for fault in faults)


def test_a_job_cannot_become_another(filled: Ledger, connection: sa.Connection) -> None:
    with filled.write(actor="w") as writer:
        writer.jobs.put("k", "timer", datetime(2026, 1, 1, tzinfo=UTC))
    for change in ("UPDATE job SET kind = 'x'", "DELETE FROM job"):
        with pytest.raises(sa.exc.DBAPIError, match="never changed or deleted"):
            connection.execute(sa.text(change))
        connection.rollback()


def test_a_ledger_from_before_work_items_keeps_what_it_has(
    ledger: Ledger, ledger_url: str, connection: sa.Connection, clock: FixedClock
) -> None:
    with ledger.write(actor="ann") as writer:
        writer.record_batch(batch("b1"))
        writer.record_definitions([definition()])
    ledger.close()
    command.downgrade(configuration(connection), "0004")
    connection.commit()
    assert "work_item" not in sa.inspect(connection).get_table_names()
    connection.commit()
    again = Ledger(ledger_url, clock)
    with again.write(actor="ann") as writer:
        (known,) = writer.record_definitions([definition("w", kind="workflow")])
        writer.work.open("w", known, "title", event())
    with again.read() as reader:
        assert [one.id for one in reader.batches()] == ["b1"]
        assert verify(reader) == []
    again.close()
