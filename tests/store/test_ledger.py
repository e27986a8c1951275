"""The ledger's verbs, on both databases: what they keep, what they refuse, and that they happen together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from leadline.clock import FixedClock
from leadline.errors import NothingPublished, StoreError
from leadline.store.entries import Generation, batch_id, generation_id
from leadline.store.ledger import Ledger
from tests.store.entries import NOON, batch, definition, finding, generation, refused


def test_a_new_ledger_holds_nothing(ledger: Ledger) -> None:
    with ledger.read() as reader:
        assert (reader.live_batches(), reader.batches(), reader.generations(), reader.journal()) == (
            [],
            [],
            [],
            [],
        )
        with pytest.raises(NothingPublished) as nothing:
            reader.generation()
        with pytest.raises(NothingPublished):
            reader.findings()
    assert "leadline refresh" in str(nothing.value)


def test_a_batch_is_kept_as_it_was_recorded(ledger: Ledger) -> None:
    elsewhere = timezone(timedelta(hours=5, minutes=45))
    said = batch(
        "b1",
        file="Größe/é.csv",
        file_mtime_ns=2**62,
        file_inode=2**64 - 1,
        at_max=datetime(2026, 2, 3, 4, tzinfo=elsewhere),
    )
    with ledger.write(actor="ann") as writer:
        writer.record_batch(said)
        writer.record_batch(refused("b2"))
    with ledger.read() as reader:
        assert reader.batch("b1") == said
        assert reader.batch("b1").at_max == datetime(2026, 2, 2, 22, 15, tzinfo=UTC)
        assert reader.batch("b1").at_max.tzinfo is UTC  # type: ignore[union-attr] # it has one
        assert [b.id for b in reader.live_batches()] == ["b1"]
        assert [b.id for b in reader.batches()] == ["b1", "b2"]
        assert [b.id for b in reader.batches("calls")] == ["b1", "b2"]
        assert reader.batches("chats") == []
        with pytest.raises(StoreError, match="no batch 'b3'"):
            reader.batch("b3")


def test_batches_come_in_the_order_of_recording(ledger: Ledger) -> None:
    names = ["b9", "b1", "b5"]
    with ledger.write(actor="ann") as writer:
        for name in names:
            writer.record_batch(batch(name))
        assert [b.id for b in writer.live_batches()] == names


@pytest.mark.parametrize(
    "wrong",
    [
        batch("b1", rows_in=4),
        batch("b1", released=1),
        batch("b1", superseded_by="b0"),
        replace(refused("b1"), reason=""),
        batch("b1", state="refused", reason="cut off"),
        batch("b1", replays="unknown"),
        batch("b1", recorded_at=datetime(2026, 1, 1)),  # noqa: DTZ001 a naive time is what is refused
        batch("b1", reasons={"x": float("nan")}),
        batch("b1", file="caf\udce9.csv"),
        batch("taken"),
    ],
    ids=[
        "does not add up",
        "released",
        "superseded",
        "no reason",
        "rows",
        "replays",
        "naive",
        "nan",
        "not text",
        "twice",
    ],
)
def test_a_batch_that_contradicts_itself_is_refused(ledger: Ledger, wrong: object) -> None:
    with ledger.write(actor="ann") as writer:
        writer.record_batch(batch("taken"))
    with pytest.raises(StoreError), ledger.write(actor="ann") as writer:
        writer.record_batch(wrong)  # type: ignore[arg-type] # parametrize loses the type
    with ledger.read() as reader:
        assert [b.id for b in reader.batches()] == ["taken"]
        assert len(reader.journal()) == 1


def test_a_superseded_batch_counts_no_longer_and_neither_do_its_replays(ledger: Ledger) -> None:
    with ledger.write(actor="ann") as writer:
        writer.record_batch(batch("old"))
        writer.record_batch(
            batch("replay", replays="old", rows_in=1, rows_accepted=1, rows_quarantined=0, reasons={})
        )
        assert writer.batch("old").released == 1
        writer.record_batch(batch("other"))
        writer.record_batch(batch("new"))
        for _ in range(2):
            writer.supersede("old", "new")
    with ledger.read() as reader:
        assert [b.id for b in reader.live_batches()] == ["other", "new"]
        assert [(b.id, b.superseded_by) for b in reader.batches()] == [
            ("old", "new"),
            ("replay", "new"),
            ("other", None),
            ("new", None),
        ]
        assert reader.batch("old").released == 0
        assert [row.subject for row in reader.journal() if row.verb == "supersede"] == [
            "batch:replay",
            "batch:old",
        ]


@pytest.mark.parametrize(("old", "new"), [("a", "a"), ("a", "x"), ("x", "a"), ("gone", "a"), ("a", "gone")])
def test_superseding_must_make_sense(ledger: Ledger, old: str, new: str) -> None:
    with ledger.write(actor="ann") as writer:
        for name in ("a", "b", "gone"):
            writer.record_batch(batch(name))
        writer.supersede("gone", "b")
    with pytest.raises(StoreError), ledger.write(actor="ann") as writer:
        writer.supersede(old, new)


def test_a_file_seen_again_is_noted(ledger: Ledger) -> None:
    with ledger.write(actor="ann") as writer:
        writer.record_batch(batch("b1"))
        writer.see_file("b1", mtime_ns=17, inode=2**64 - 1)
    with ledger.read() as reader:
        assert (reader.batch("b1").file_mtime_ns, reader.batch("b1").file_inode) == (17, 2**64 - 1)


def test_definitions_get_versions_for_meaning_and_revisions_for_words(ledger: Ledger) -> None:
    def record(*given: object) -> list[int]:
        with ledger.write(actor="ann") as writer:
            return writer.record_definitions(given)  # type: ignore[arg-type] # definitions

    assert record(definition(), definition("csat")) == [1, 2]
    assert record(definition("csat"), definition()) == [2, 1]
    assert record(definition(words="w2")) == [3]
    assert record(definition(meaning="m2", words="w2")) == [4]
    assert record(definition(meaning="m2", words="w3")) == [5]
    assert record(definition(meaning="m1", words="w1")) == [6], "what was and is again is a new version"
    assert record(definition(kind="fact")) == [7]
    with ledger.read() as reader:
        versions = reader.versions("metric", "nps")
        assert [(v.id, v.version, v.revision) for v in versions] == [
            (1, 1, 1),
            (3, 1, 2),
            (4, 2, 1),
            (5, 2, 2),
            (6, 3, 1),
        ]
        assert (versions[0].text, versions[0].file, versions[0].line) == (definition().text, "a.yaml", 3)
        assert versions[0].recorded_at == NOON
        assert reader.versions("metric", "unknown") == []
    with pytest.raises(StoreError, match="metric nps"):
        record(definition(), definition(meaning="m9"))


def test_what_is_published_is_what_readers_see(ledger: Ledger) -> None:
    with ledger.write(actor="ann") as writer:
        for name in ("b2", "b1"):
            writer.record_batch(batch(name))
        ids = writer.record_definitions([definition("nps"), definition("csat")])
    first = generation(
        "g1", ["b2", "b1"], reversed(ids), tables={"segments": {"nps": [{"key": "5f", "n": 1.5}]}}
    )
    with ledger.write(actor="ann") as writer:
        writer.publish(first, [finding(), finding(unit="emea", statement="EMEA is below.")])
        with ledger.read() as reader, pytest.raises(NothingPublished):
            reader.generation()
    with ledger.read() as reader:
        assert reader.generation() == reader.generation("g1") == first
        assert [d.name for d in reader.definitions("g1")] == ["csat", "nps"]
        assert [f.unit for f in reader.findings()] == [None, "emea"]
        with pytest.raises(StoreError, match="no generation 'g0'"):
            reader.generation("g0")


def test_the_latest_generation_is_the_one_published_last_whatever_its_name(ledger: Ledger) -> None:
    for name in ("g2", "g3", "g1"):
        with ledger.write(actor="ann") as writer:
            writer.publish(generation(name))
    with ledger.read() as reader:
        assert reader.generation().id == "g1"
        assert [g.id for g in reader.generations()] == ["g1", "g3", "g2"]
        assert [g.id for g in reader.generations(2)] == ["g1", "g3"]


def test_a_finding_is_known_over_generations_by_what_it_is_about(ledger: Ledger) -> None:
    first, second = finding(), finding(metric="csat")
    with ledger.write(actor="ann") as writer:
        writer.publish(generation("g1"), [first, second])
        writer.publish(generation("g2"), [second])
        writer.publish(generation("g3"), [replace(first, statement="NPS is 29.5.", evidence={"value": 29.5})])
    with ledger.read() as reader:
        seen = {g: {f.metric: f for f in reader.findings(g)} for g in ("g1", "g2", "g3")}
        nps = seen["g3"]["nps"]
        assert (nps.id, nps.statement, nps.evidence) == (first.id, "NPS is 29.5.", {"value": 29.5})
        assert (nps.first_generation, nps.last_generation) == ("g1", "g3")
        assert seen["g1"]["nps"].statement == first.statement
        assert list(seen["g2"]) == ["csat"]
        assert (seen["g2"]["csat"].first_generation, seen["g2"]["csat"].last_generation) == ("g1", "g2")
        assert [f.metric for f in reader.findings("g1", metric="csat")] == ["csat"]
        assert reader.findings("g1", kind="changed") == reader.findings("g1", unit="emea") == []


@pytest.mark.parametrize(
    "wrong",
    [
        generation("g1", ["old"]),
        generation("g1", ["cut off"]),
        generation("g1", ["unknown"]),
        generation("g1", ["new", "new"]),
        generation("g1", definitions=[7]),
        generation("g1", actor="bob"),
        generation("g1", tables={"x": object()}),
        generation("g0"),
    ],
    ids=[
        "superseded",
        "refused",
        "unknown batch",
        "batch twice",
        "unknown definition",
        "actor",
        "json",
        "twice",
    ],
)
def test_what_cannot_be_published_is_refused_and_nothing_of_it_stays(ledger: Ledger, wrong: object) -> None:
    with ledger.write(actor="ann") as writer:
        for made in (batch("old"), batch("new"), refused("cut off")):
            writer.record_batch(made)
        writer.supersede("old", "new")
        writer.publish(generation("g0"))
    with pytest.raises(StoreError):
        publish_with_definitions(ledger, wrong)  # type: ignore[arg-type] # parametrize loses the type
    with ledger.read() as reader:
        assert reader.generation().id == "g0"
        assert reader.versions("metric", "nps") == []
        assert reader.journal(1)[0].subject == "generation:g0"


def publish_with_definitions(ledger: Ledger, made: Generation) -> None:
    with ledger.write(actor="ann") as writer:
        writer.record_definitions([definition()])
        writer.publish(made, [finding()])


def test_two_findings_about_the_same_are_refused(ledger: Ledger) -> None:
    with pytest.raises(StoreError, match="about the same"), ledger.write(actor="ann") as writer:
        writer.publish(generation("g1"), [finding(), finding(statement="Something else.")])


def test_what_raises_inside_undoes_everything(ledger: Ledger) -> None:
    def fail_half_way() -> None:
        with ledger.write(actor="ann") as writer:
            writer.record_batch(batch("b1"))
            writer.note("look", "nothing")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    with ledger.read() as reader:
        assert (reader.batches(), reader.journal()) == ([], [])


def test_a_reader_sees_one_moment(ledger: Ledger) -> None:
    with ledger.write(actor="ann") as writer:
        writer.publish(generation("g1"))
    with ledger.read() as reader:
        assert reader.generation().id == "g1"
        with ledger.write(actor="ann") as writer:
            writer.publish(generation("g2"))
        assert reader.generation().id == "g1"
        assert len(reader.journal()) == 1
    with ledger.read() as reader:
        assert reader.generation().id == "g2"


def test_every_writer_is_somebody(ledger: Ledger) -> None:
    with pytest.raises(StoreError, match="actor"), ledger.write(actor=""):
        pass


def test_the_ledgers_own_verbs_cannot_be_noted(ledger: Ledger) -> None:
    with ledger.write(actor="ann") as writer:
        writer.note("ingest", "source:calls", before={"n": 1}, after={"n": 2})
        with pytest.raises(StoreError, match="publish"):
            writer.note("publish", "generation:g9")
    with ledger.read() as reader:
        row = reader.journal(subject="source:calls")[0]
        assert (row.seq, row.actor, row.verb, row.before, row.after) == (
            1,
            "ann",
            "ingest",
            '{"n":1}',
            '{"n":2}',
        )


def test_identifiers_are_fresh_and_name_their_instant(clock: FixedClock) -> None:
    made = {generation_id(clock.now()) for _ in range(50)}
    assert len(made) > 40
    assert {name.partition("-")[0] for name in made} == {"20260301T120000"}
    assert batch_id() != batch_id()
