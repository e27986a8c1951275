"""Certain links: rules, guards, ids that stay, decisions, deletions, levels; on every warehouse, and with everything or
only what is touched resolved anew."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from leadline.errors import IdentityError
from leadline.ingest.identity import parts, run
from tests.ingest.identity.persons import Persons, persons

IDENTITY = """
kind: identity
name: who
of: person_record
at_most: 4
values:
  name: {of: name, as: name}
  email: {of: email, as: email}
  born: {of: born, as: date}
  street: {of: street}
same:
  - {name: email, values: [email], at_most: 5}
  - {name: name_and_birth, values: [name, born]}
never:
  - {name: birth, values: [born]}
levels:
  household:
    same: [{name: address, values: [street]}]
"""


@pytest.fixture(params=[-1.0, 1e9], ids=["all", "few"])
def room(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse_word: str
) -> Iterator[Persons]:
    monkeypatch.setattr(run, "FEW", request.param)
    monkeypatch.setattr(parts, "LAYERS", 2)
    columns = ("name", "email", "born", "street")
    with persons(tmp_path, columns, IDENTITY, warehouse=warehouse_word) as made:
        yield made


def sets(*names: str) -> set[frozenset[str]]:
    return {frozenset(name.split()) for name in names}


def test_records_that_share_a_rule_are_one_person(room: Persons) -> None:
    room.resolve({
        "a": {"name": "Ana Müller", "email": " ANA@x.de "}, "b": {"name": "A. Muller", "email": "ana@x.de"},
        "c": {"name": "ana   MULLER", "born": "1980-05-01"}, "d": {"name": "Ana-Müller", "born": "19800501"},
        "e": {"email": "nobody"}, "f": {"email": "nobody"}, "g": {},
    })  # fmt: skip
    assert room.clusters() == sets("a b", "c d", "e", "f", "g")


@pytest.mark.thorough
def test_nothing_and_one_record(room: Persons) -> None:
    assert room.resolve().counts["person"] == 0
    assert room.resolve({"a": {"email": "a@x"}}).counts["person"] == 1
    assert room.resolve(gone=["a"]).counts["person"] == 0
    assert [row["what"] for row in room.log()] == ["ended", "ended"]  # the person and the household


@pytest.mark.thorough
def test_a_refresh_that_brings_nothing_makes_nothing(room: Persons) -> None:
    first = room.resolve({"a": {"email": "a@x"}})
    room.kept = {"identity": {"who": first.as_dict()}}
    before = set(room.engine.relations())
    room.batches -= 1
    room.engine.drop(next(r for r in before if r.space == "fact"))
    assert room.resolve().made == first.made


@pytest.mark.thorough
def test_ids_stay_when_records_come_and_persons_merge_and_split(room: Persons) -> None:
    room.resolve({"b": {"email": "b@x"}})
    room.resolve({"a": {"email": "a@x"}})
    before = room.ids()
    room.resolve({"c": {"email": "b@x", "name": "Bo", "born": "1970-01-01"}})
    assert room.ids()["c"] == before["b"]
    number = room.decide(True, "a", "b")
    room.resolve()
    assert set(room.ids().values()) == {before["b"]}, "the older id goes on, though its key is not the first"
    merged = room.log()[0]
    assert (merged["what"], merged["id"], merged["other"], merged["by"]) == (
        "merged",
        before["a"],
        before["b"],
        "anna",
    )
    assert "accepted by anna" in merged["why"]
    room.undo(number)
    room.resolve()
    assert room.ids()["a"] == before["a"]
    assert room.ids()["b"] == room.ids()["c"] == before["b"]
    split = [row for row in room.log() if row["level"] == "person"][-1]
    assert (split["what"], split["id"], split["other"]) == ("split", before["b"], before["a"])


@pytest.mark.thorough
def test_a_deleted_record_splits_what_it_joined_and_leaves_its_id_to_an_heir(room: Persons) -> None:
    room.resolve({"a": {"email": "x@x"}})
    first = room.ids()["a"]
    room.resolve(
        {"b": {"email": "x@x", "name": "Bo", "born": "1970-01-01"}, "c": {"name": "Bo", "born": "1970-01-01"}}
    )
    assert set(room.ids().values()) == {first}
    room.resolve(gone=["a"])
    assert room.ids() == {"b": first, "c": first}, "the person is still there"
    room.resolve(gone=["b"])
    assert room.ids() == {"c": first}
    room.resolve({"a": {"email": "new@x"}})
    assert room.ids()["c"] == first
    assert room.ids()["a"] != first, "who comes back does not take the id from the heir"
    room.resolve(gone=["c"])
    assert [row for row in room.log() if row["level"] == "person"][-1]["what"] == "ended"


@pytest.mark.thorough
def test_the_linking_record_gone_parts_the_others(room: Persons) -> None:
    room.resolve({"a": {"email": "x@x"}, "m": {"email": "x@x", "name": "Bo", "born": "1970-01-01"},
                  "z": {"name": "Bo", "born": "1970-01-01"}})  # fmt: skip
    assert room.clusters() == sets("a m z")
    room.resolve(gone=["m"])
    assert room.clusters() == sets("a", "z")
    assert room.log()[0]["what"] == "split"


@pytest.mark.thorough
def test_never_keeps_apart_even_what_hangs_together_by_others(room: Persons) -> None:
    room.resolve({"a": {"email": "x@x", "born": "1970-01-01"}, "b": {"email": "x@x"},
                  "c": {"email": "x@x", "born": "1990-01-01"}})  # fmt: skip
    assert len(room.clusters()) == 2
    assert {frozenset((r["a"], r["b"])) for r in room.review()} <= sets("a c", "b c", "a b")
    assert {r["reason"] for r in room.review()} == {"never"}
    room.decide(True, "a", "c")
    room.resolve()
    assert room.clusters() == sets("a b c"), "a person may say otherwise"


@pytest.mark.thorough
def test_too_many_records_are_not_believed_and_are_asked_about(room: Persons) -> None:
    room.resolve({f"r{n}": {"email": "info@x"} for n in range(5)})
    assert max(map(len, room.clusters())) == 4
    assert [r["reason"] for r in room.review()] == ["too many records"]
    room.resolve({"r6": {"email": "info@x"}})
    assert all(len(c) == 1 for c in room.clusters()), "a value that six share is no evidence at all"


@pytest.mark.thorough
def test_rejected_stays_rejected_through_others(room: Persons) -> None:
    room.resolve({"a": {"email": "x@x"}, "b": {"email": "x@x"}})
    number = room.decide(False, "a", "b")
    room.resolve({"c": {"email": "x@x"}})
    assert room.clusters() == sets("a c", "b")
    assert room.review() == []
    split = next(row for row in room.log() if row["what"] == "split" and row["level"] == "person")
    assert split["by"] == "anna"
    room.undo(number)
    room.resolve()
    assert room.clusters() == sets("a b c")


def test_households_hold_whole_persons(room: Persons) -> None:
    room.resolve({"a": {"email": "x@x", "street": "Long Road 1"}, "b": {"email": "x@x", "street": "Elsewhere 2"},
                  "c": {"street": "long  road 1"}, "d": {"street": "nowhere"}})  # fmt: skip
    assert room.clusters("household") == sets("a b c", "d")
    assert all(name.startswith("household-") for name in room.ids("household").values())


def test_decisions_on_oneself_and_unknown_numbers_are_refused(room: Persons) -> None:
    room.resolve({"a": {}})
    with pytest.raises(IdentityError, match="always one with itself"):
        room.decide(True, "a", "a")
    with pytest.raises(IdentityError, match="no decision 99"):
        room.undo(99)


@pytest.mark.thorough
def test_a_decision_on_who_is_not_there_yet_waits(room: Persons) -> None:
    room.decide(True, "a", "b")
    room.resolve({"a": {}})
    assert room.clusters() == sets("a")
    room.resolve({"b": {}})
    assert room.clusters() == sets("a b")


@pytest.mark.parametrize("text", ["李 小龍", "Ñandú", "ʻOkina", "😀 Smile", "a\x00b", "É" * 2000])
def test_any_text_is_a_name(room: Persons, text: str) -> None:
    text = text.replace("\x00", "")
    room.resolve({"a": {"name": text, "born": "2000-02-29"}, "b": {"name": f"  {text.upper()} ", "born": "20000229"},
                  "c'\"; drop": {"name": text, "born": "2000-02-30"}})  # fmt: skip
    assert room.clusters() in (
        sets("a b") | {frozenset(["c'\"; drop"])},
        {frozenset([k]) for k in room.records},
    )
