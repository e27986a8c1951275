"""What came into force is kept as deeds that nobody can rewrite, on both databases."""

from collections.abc import Iterator
from datetime import date

import pytest
import sqlalchemy as sa
from alembic import command

from leadline.clock import FixedClock
from leadline.errors import StoreError
from leadline.store import journal
from leadline.store.effective import NewDeed
from leadline.store.ledger import Ledger
from leadline.store.migrations import configuration
from tests.store.entries import NOON, definition, generation


@pytest.fixture
def connection(ledger_url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(ledger_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def applied(ledger: Ledger) -> int:
    with ledger.write(actor="ann") as writer:
        (known,) = writer.record_definitions([definition()])
        writer.effective.do(NewDeed(kind="metric", name="nps", deed="adopt", definition=known))
        writer.effective.do(
            NewDeed(
                kind="metric", name="nps", deed="apply", definition=known, mode="from_period",
                since=date(2026, 7, 1), plan="ab12", request="CR-1",
            )
        )  # fmt: skip
    return known


def test_deeds_are_read_in_their_order_with_who_and_when(ledger: Ledger) -> None:
    known = applied(ledger)
    with ledger.read() as reader:
        first, second = reader.effective.deeds("metric", "nps")
        assert reader.effective.deeds("metric", "csat") == []
        assert reader.effective.definition(known).name == "nps"
    assert (first.deed, first.since, first.actor, first.at) == ("adopt", None, "ann", NOON)
    assert (second.deed, second.since, second.plan, second.request) == (
        "apply",
        date(2026, 7, 1),
        "ab12",
        "CR-1",
    )


def test_the_chain_covers_them(ledger: Ledger) -> None:
    applied(ledger)
    with ledger.read() as reader:
        assert journal.verify(reader) == []
        (row,) = reader.journal(subject="effective:2")
    assert row.verb == "apply_definition"


@pytest.mark.parametrize("deed", ["UPDATE effective SET since = '2020-01-01'", "DELETE FROM effective"])
def test_the_database_refuses_to_rewrite_them(ledger: Ledger, deed: str) -> None:
    applied(ledger)
    with pytest.raises(StoreError, match="never changed or deleted"), ledger.write(actor="eve") as writer:
        writer._connection.execute(sa.text(deed))


def test_a_deed_added_behind_the_journals_back_is_found(ledger: Ledger, connection: sa.Connection) -> None:
    applied(ledger)
    connection.execute(
        sa.text(
            "INSERT INTO effective SELECT 3, kind, name, deed, definition, mode, since, plan, request, replaced_by, "
            "note, actor, at FROM effective WHERE id = 2"
        )
    )
    connection.commit()
    with ledger.read() as reader:
        assert [fault.message for fault in journal.verify(reader)] == [
            "effective:3 is in the ledger, but the journal never told of it"
        ]


def test_a_version_of_another_definition_and_one_that_is_unknown_are_refused(ledger: Ledger) -> None:
    known = applied(ledger)
    for name, identifier in (("csat", known), ("nps", 99)):
        with pytest.raises(StoreError), ledger.write(actor="ann") as writer:
            writer.effective.do(NewDeed(kind="metric", name=name, deed="apply", definition=identifier))
    with ledger.read() as reader:
        assert len(reader.effective.deeds()) == 2


def test_a_ledger_with_data_from_before_is_brought_up(
    ledger: Ledger, ledger_url: str, connection: sa.Connection, clock: FixedClock
) -> None:
    with ledger.write(actor="ann") as writer:
        ids = writer.record_definitions([definition()])
        writer.publish(generation("g1", (), ids, actor="ann"))
    ledger.close()
    command.downgrade(configuration(connection), "0001")
    connection.commit()
    again = Ledger(ledger_url, clock)
    assert applied(again) == ids[0]
    with again.read() as reader:
        assert reader.generation().id == "g1"
        assert journal.verify(reader) == []
    again.close()
