"""Decisions, on both databases: kept in order, never changed, covered by the journal; and old ledgers gain them."""

import pytest
import sqlalchemy as sa
from alembic import command

from leadline.clock import FixedClock
from leadline.errors import StoreError
from leadline.store import journal
from leadline.store.ledger import Ledger
from leadline.store.migrations import configuration
from tests.store.entries import NOON, batch


def filled(ledger: Ledger) -> None:
    with ledger.write(actor="ann") as writer:
        writer.decided.decide("ownership", "metric:csat", "propose", {"split": [["ben", 100.0]]})
        writer.decided.decide("suspension", "s1", "suspend", {"metric": "csat"}, item="kpi_outage-1")
    with ledger.write(actor="ben") as writer:
        writer.decided.decide("ownership", "metric:csat", "accept", {})


def test_decisions_are_kept_in_order_with_actor_and_instant(ledger: Ledger) -> None:
    filled(ledger)
    with ledger.read() as reader:
        found = reader.decided.of("ownership", "metric:csat")
        assert [(d.number, d.actor, d.what, d.at) for d in found] == [
            (1, "ann", "propose", NOON), (3, "ben", "accept", NOON),
        ]  # fmt: skip
        assert found[0].said == {"split": [["ben", 100.0]]}
        assert [d.item for d in reader.decided.of("suspension")] == ["kpi_outage-1"]
        assert reader.decided.of("ownership", "metric:nps") == []
        assert reader.decided.last() == 3
        assert journal.verify(reader) == []
        assert [row.subject for row in reader.journal(verb="decide")] == [
            "decision:3",
            "decision:2",
            "decision:1",
        ]


def test_what_is_undone_is_not_decided(ledger: Ledger) -> None:
    def both() -> None:
        with ledger.write(actor="ann") as writer:
            writer.decided.decide("ownership", "metric:csat", "propose", {})
            writer.decided.decide("", "", "", {})

    with pytest.raises(StoreError, match="on something"):
        both()
    with ledger.read() as reader:
        assert (reader.decided.last(), reader.journal()) == (0, [])


@pytest.mark.parametrize("deed", ["UPDATE decision SET actor = 'eve'", "DELETE FROM decision"])
def test_the_database_itself_keeps_decisions(ledger: Ledger, deed: str) -> None:
    filled(ledger)
    with pytest.raises(StoreError, match="never changed or deleted"), ledger.write(actor="eve") as writer:
        writer._connection.execute(sa.text(deed))


def test_a_ledger_of_before_gains_decisions_and_keeps_what_it_has(
    ledger: Ledger, ledger_url: str, clock: FixedClock
) -> None:
    with ledger.write(actor="ann") as writer:
        writer.record_batch(batch("b1"))
    engine = sa.create_engine(ledger_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        command.downgrade(configuration(connection), "0003")
        connection.commit()
        assert not sa.inspect(connection).has_table("decision")
    engine.dispose()
    again = Ledger(ledger_url, clock)
    filled(again)
    with again.read() as reader:
        assert [b.id for b in reader.batches()] == ["b1"]
        assert reader.decided.last() == 3
        assert journal.verify(reader) == []
    again.close()
