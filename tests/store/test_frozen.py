"""Closed periods and commentary in the ledger, on both databases: what is frozen stays, and the journal proves it."""

import pytest
import sqlalchemy as sa
from alembic import command

from leadline.clock import FixedClock
from leadline.errors import PeriodError, StoreError
from leadline.store.closings import Frozen, NewClosing, Restatement
from leadline.store.journal import verify
from leadline.store.ledger import Ledger
from leadline.store.migrations import configuration
from tests.store.entries import generation

NEW = {
    "scorecard": "service", "version": 1, "period": "2026-02", "grain": "month", "start": "2026-02-01",
    "end": "2026-03-01", "generation": "g1",
}  # fmt: skip
FIGURES = [
    Frozen(node="scorecard", path="", label="Service", unit=None, score=6.1, verdict="at risk"),
    Frozen(
        node="measure", path="customer/nps", label="NPS", unit="emea", metric="nps", version=2, measured_in="points",
        value=30.1, low=28.0, high=32.2, n=1200, status="final", score=7.0, verdict="on target", weight=1.0,
    ),
]  # fmt: skip


def closing(name: str = "c1", **different: object) -> NewClosing:
    return NewClosing(**{"id": name, **NEW, **different})


@pytest.fixture
def closed(ledger: Ledger) -> Ledger:
    with ledger.write(actor="ann") as writer:
        writer.publish(generation("g1"))
        writer.publish(generation("g2"))
        writer.frozen.close(closing(lacking=("Nobody commented.",)), FIGURES)
    return ledger


def test_a_closing_keeps_its_figures_as_they_were_in_their_order(closed: Ledger) -> None:
    with closed.read() as reader:
        kept = reader.frozen.latest("service", "2026-02")
        assert kept is not None
        assert (kept.number, kept.figures, kept.actor, kept.lacking) == (1, 2, "ann", ("Nobody commented.",))
        assert reader.frozen.figures(kept.id) == FIGURES
        assert reader.frozen.figures(kept.id, unit="emea", every=False) == FIGURES[1:]
        assert reader.frozen.state(kept) == "closed"
        assert verify(reader) == []


def test_the_same_figures_have_the_same_hash_whoever_closes_them_and_another_figure_another(
    closed: Ledger,
) -> None:
    other = [
        FIGURES[0],
        Frozen(node="measure", path="customer/nps", label="NPS", unit="emea", metric="nps", value=30.2),
    ]
    with closed.write(actor="bob") as writer:
        one = writer.frozen.latest("service", "2026-02")
        twin = writer.frozen.close(closing("c2", scorecard="service", period="2026-02x"), FIGURES)
        unlike = writer.frozen.close(closing("c3", period="2026-02y"), other)
    assert one is not None
    assert one.hash != twin.hash != unlike.hash  # the period is part of what is closed
    assert len({one.hash, twin.hash, unlike.hash}) == 3


def test_a_closed_period_is_not_closed_again(closed: Ledger) -> None:
    with pytest.raises(PeriodError, match="closed by ann"), closed.write(actor="bob") as writer:
        writer.frozen.close(closing("c2"), FIGURES)


@pytest.mark.parametrize("figures", [[], [FIGURES[0], FIGURES[0]]])
def test_nothing_or_one_figure_twice_cannot_be_closed(closed: Ledger, figures: list[Frozen]) -> None:
    with pytest.raises(PeriodError), closed.write(actor="ann") as writer:
        writer.frozen.close(closing("c9", period="2026-01"), figures)
    with closed.read() as reader:
        assert len(reader.frozen.closings()) == 1
        assert verify(reader) == []


def test_reopening_takes_two_people_and_a_reason(closed: Ledger) -> None:
    with closed.read() as reader:
        first = reader.frozen.closings()[0]
    with pytest.raises(PeriodError, match="reason"), closed.write(actor="ann") as writer:
        writer.frozen.ask_reopening(first, "  ")
    with pytest.raises(PeriodError, match="Nobody has asked"), closed.write(actor="bob") as writer:
        writer.frozen.agree_reopening(first)
    with closed.write(actor="ann") as writer:
        writer.frozen.ask_reopening(first, "A feed was doubled.")
        assert writer.frozen.state(first) == "reopening"
    with pytest.raises(PeriodError, match="somebody else"), closed.write(actor="Ann") as writer:
        writer.frozen.agree_reopening(first)
    with closed.write(actor="bob") as writer:
        writer.frozen.agree_reopening(first, "Seen.")
        assert writer.frozen.state(first) == "reopened"
        assert writer.frozen.in_force() == []
        again = writer.frozen.close(closing("c2"), FIGURES[:1])
    with closed.read() as reader:
        assert [one.id for one in reader.frozen.in_force()] == [again.id]
        assert reader.frozen.figures(first.id) == FIGURES  # what was closed first is still there
        assert verify(reader) == []


def restatement(generation_: str, value: float | None) -> Restatement:
    return Restatement(
        closing="c1", position=1, generation=generation_, version=2, value=value, low=None, high=None, n=1210,
        status="restated", score=7.1, verdict="on target",
    )  # fmt: skip


def test_restatements_stand_beside_and_are_told_since_a_number(closed: Ledger) -> None:
    with closed.write(actor="ann") as writer:
        writer.frozen.restate("g2", [restatement("g2", 30.5)])
    with closed.read() as reader:
        assert [(one.number, one.value) for one in reader.frozen.restated("c1")] == [(1, 30.5)]
        assert reader.frozen.restated(after=1) == []
        assert reader.frozen.figures("c1") == FIGURES
        assert verify(reader) == []


def test_every_version_of_a_comment_is_kept_with_its_author(closed: Ledger) -> None:
    with closed.write(actor="ann") as writer:
        writer.commentary.comment("service", "2026-02", {"cause": "A strike."}, metric="nps")
    with closed.write(actor="bob") as writer:
        writer.commentary.comment(
            "service", "2026-02", {"cause": " Two strikes. ", "action": ""}, metric="nps"
        )
        writer.commentary.comment("service", "2026-02", {"cause": "Unit."}, metric="nps", unit="emea")
    with closed.read() as reader:
        said = [
            (c.version, c.author, dict(c.parts)) for c in reader.commentary.versions("service", metric="nps")
        ]
        assert said == [
            (1, "ann", {"cause": "A strike."}),
            (2, "bob", {"cause": "Two strikes."}),
            (1, "bob", {"cause": "Unit."}),
        ]
        assert reader.commentary.current("service", "2026-02")["nps", None].version == 2
        assert verify(reader) == []
    with closed.write(actor="bob") as writer:
        writer.commentary.comment("service", "2026-02", {}, metric="nps")
        assert ("nps", None) not in writer.commentary.current("service", "2026-02")


@pytest.mark.parametrize("table", ["closing", "frozen_figure", "reopening", "restatement", "comment"])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET {} = {}"])
def test_the_database_itself_keeps_the_rows(closed: Ledger, table: str, verb: str) -> None:
    with closed.write(actor="ann") as writer:
        writer.frozen.restate("g2", [restatement("g2", 30.5)])
        writer.frozen.ask_reopening(writer.frozen.closings()[0], "Because.")
        writer.commentary.comment("service", "2026-02", {"cause": "A strike."})
    column = {"frozen_figure": "path", "closing": "period"}.get(table, "number")
    statement = verb.format(table, column, column)
    with pytest.raises(StoreError), closed.write(actor="eve") as writer:
        writer._connection.execute(sa.text(statement))


def test_a_figure_that_was_changed_behind_the_ledgers_back_is_found(ledger_url: str, closed: Ledger) -> None:
    engine = sa.create_engine(ledger_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        where = " ON frozen_figure" if engine.dialect.name == "postgresql" else ""
        connection.execute(sa.text(f"DROP TRIGGER frozen_figure_keeps_update{where}"))
        connection.execute(sa.text("UPDATE frozen_figure SET value = 31.0 WHERE position = 1"))
    engine.dispose()
    with closed.read() as reader:
        assert [fault.message for fault in verify(reader)] == [
            "closing:c1 is not what the journal tells of it: hash"
        ]


@pytest.mark.thorough
def test_a_ledger_of_before_gets_its_tables_and_keeps_what_it_had(
    ledger_url: str, ledger: Ledger, clock: FixedClock
) -> None:
    with ledger.write(actor="ann") as writer:
        writer.publish(generation("g1"))
    ledger.close()
    engine = sa.create_engine(ledger_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        command.downgrade(configuration(connection), "0002")
        connection.commit()
        assert not sa.inspect(connection).has_table("closing")
    engine.dispose()
    again = Ledger(ledger_url, clock)
    with again.write(actor="ann") as writer:
        writer.frozen.close(closing(), FIGURES)
    with again.read() as reader:
        assert reader.generation().id == "g1"
        assert verify(reader) == []
    again.close()
