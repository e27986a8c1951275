"""Every earlier schema, with data in all that it had, comes up to the newest: nothing is lost, and the chain holds."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from leadline.clock import FixedClock
from leadline.store import journal, records
from leadline.store.effective import NewDeed
from leadline.store.ledger import Ledger
from leadline.store.ledger_writer import LedgerWriter
from leadline.store.migrations import configuration
from leadline.store.people import Session
from tests.store.entries import NOON, batch, definition, finding, generation
from tests.store.test_frozen import FIGURES, closing, restatement
from tests.store.test_work import event


def _first(writer: LedgerWriter) -> None:
    for name in ("b1", "b2"):
        writer.record_batch(batch(name))
    ids = writer.record_definitions([definition(), definition("w", kind="workflow")])
    writer.publish(generation("g1", ["b1", "b2"], ids), [finding()])
    writer.note("look", "somewhere", after={"n": 1})


def _effective(writer: LedgerWriter) -> None:
    known = writer.versions("metric", "nps")[-1].id
    writer.effective.do(NewDeed(kind="metric", name="nps", deed="adopt", definition=known))


def _closed(writer: LedgerWriter) -> None:
    writer.frozen.close(closing(), FIGURES)
    writer.frozen.ask_reopening(writer.frozen.closings()[0], "A file came late.")
    writer.frozen.restate("g1", [restatement("g1", 30.5)])
    writer.commentary.comment("service", "2026-02", {"cause": "a strike"}, metric="nps", unit="emea")


def _decided(writer: LedgerWriter) -> None:
    writer.decided.decide("ownership", "metric:nps", "propose", {"split": [["ben", 100.0]]})


def _work(writer: LedgerWriter) -> None:
    known = writer.versions("workflow", "w")[-1].id
    writer.work.open("w", known, "title", event())
    writer.jobs.put("timer:1", "timer", NOON)


def _people(writer: LedgerWriter) -> None:
    writer.people.change("ann", "added", {"title": "Ann"})
    writer.people.add_credential("ann", "password", "hashed")
    writer.people.open_session(
        Session(id="s1", person="ann", how="password", opened_at=NOON, until=NOON + timedelta(hours=1), seen_at=NOON,
                step=None, agent="")
    )  # fmt: skip


FILLS: dict[str, Callable[[LedgerWriter], None]] = {
    "0001": _first,
    "0002": _effective,
    "0003": _closed,
    "0004": _decided,
    "0005": _work,
    "0006": _people,
}
"""What each revision brought, written by the verbs for it. A new revision that brings nothing says so: `_nothing`."""


@pytest.fixture
def connection(ledger_url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(ledger_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def kept(connection: sa.Connection) -> dict[str, list[dict[str, object]]]:
    """Give every row of every table."""
    there = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
    found = {
        table.name: sorted((dict(row) for row in connection.execute(sa.select(table)).mappings()), key=repr)
        for table in records.metadata.sorted_tables
        if table.name in there
    }
    connection.rollback()
    return found


def test_every_revision_has_data_here(connection: sa.Connection, ledger: Ledger) -> None:
    """A new revision without a line above fails here, and so does a table that nothing is written to."""
    scripts = ScriptDirectory.from_config(configuration(connection))
    assert sorted(FILLS) == sorted(one.revision for one in scripts.walk_revisions())
    for fill in FILLS.values():
        with ledger.write(actor="ann") as writer:
            fill(writer)
    assert [name for name, rows in kept(connection).items() if not rows] == []


@pytest.mark.parametrize("revision", sorted(FILLS)[:-1])
def test_a_ledger_of_each_earlier_revision_comes_up_with_all_it_had(
    ledger: Ledger, ledger_url: str, connection: sa.Connection, clock: FixedClock, revision: str
) -> None:
    for each, fill in FILLS.items():
        if each <= revision:
            with ledger.write(actor="ann") as writer:
                fill(writer)
    ledger.close()
    command.downgrade(configuration(connection), revision)
    connection.commit()
    there = set(sa.inspect(connection).get_table_names())
    before = {name: rows for name, rows in kept(connection).items() if name in there}
    assert any(rows for rows in before.values())
    again = Ledger(ledger_url, clock)  # whoever opens it first brings it up
    after = kept(connection)
    assert {name: after[name] for name in before} == before
    with again.read() as reader:
        assert journal.verify(reader) == []
    for each, fill in FILLS.items():
        if each > revision:
            with again.write(actor="ben") as writer:
                fill(writer)
    assert [name for name, rows in kept(connection).items() if not rows] == []
    with again.read() as reader:
        assert journal.verify(reader) == []
    again.close()
