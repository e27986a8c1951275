"""Rights beyond one record: a withdrawal reaches the other records of a person, and what was made of their rows."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.errors import IdentityError
from leadline.ingest.consent import without_right
from leadline.ingest.identity import decisions as d
from leadline.ingest.leaving import Rows
from tests.ingest.rights.words import Word, said, without
from tests.ingest.room import Room, opened

pytestmark = pytest.mark.thorough

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=100)
PROJECT = """
kind: project
name: rights
time_zone: UTC
purpose: service
---
kind: policy
name: rights
withdrawal_reaches: person
elsewhere: opt_out
purposes:
  service: {basis: contract}
  survey: {basis: consent}
  research: {basis: consent, withdrawal: from_then_on}
---
kind: identity
name: who
of: customer
values: {email: {of: email, as: email}}
same: [{name: email, values: [email]}]
---
kind: fact
name: reply
key: [reply_id]
at: given_at
columns:
  reply_id: {type: text, required: true, classification: internal}
  customer: {type: text, references: customer}
  channel: {type: text, classification: internal}
  shop: {type: text, classification: internal}
  visit: {type: text, classification: internal}
  given_at: {type: instant, classification: internal}
---
kind: source
name: customers
fact: customer
files: customers.csv
columns: {}
---
kind: source
name: replies
fact: reply
files: replies.csv
columns: {given_at: instant(given_at)}
---
kind: source
name: words
fact: consent_event
files: words.csv
columns: {happened_at: instant(happened_at), granted: granted = 'yes'}
---
{kind: metric, name: survey, type: count, of: reply, purpose: survey, owner: me}
---
{kind: metric, name: research, type: count, of: reply, purpose: research, owner: me}
"""
DERIVED = """
---
kind: fact
name: shop_month
from: reply
where: channel <> 'post'
key: [shop]
at: first
columns: {replies: {type: integer, as: count(*)}, first: {type: instant, as: min(given_at)}}
---
kind: fact
name: month
from: shop_month
key: [first]
at: first
columns: {shops: {type: integer, as: count(*)}}
---
kind: fact
name: chain
from: reply
key: [chain]
at: begun
stitch: {links: [{same: [visit], within: 2 days}]}
columns: {chain: {type: text}, begun: {type: instant, as: min(given_at)}, replies: {type: integer, as: count(*)}}
---
{kind: metric, name: shops, type: sum, measured_in: each, value: replies, of: shop_month, purpose: survey, owner: me}
---
{kind: metric, name: months, type: count, of: month, purpose: survey, owner: me}
---
{kind: metric, name: chains, type: count, of: chain, purpose: survey, owner: me}
"""

VERSIONS = """
---
kind: fact
name: report
key: [shop, told_at]
at: told_at
columns:
  shop: {type: text, classification: internal}
  told_at: {type: instant, classification: internal}
  customer: {type: text, references: customer}
  grade: {type: text, classification: internal}
---
kind: source
name: reports
fact: report
files: reports.csv
columns: {told_at: instant(told_at)}
---
kind: fact
name: shop_grade
from: report
key: [shop, since]
valid: {from: since, until: ended}
versions: {changed: told_at, columns: [grade]}
columns: {shop: {type: text}, since: {type: instant}, ended: {type: instant}, grade: {type: text}}
---
{kind: metric, name: versions, type: count, of: shop_grade, at: since, purpose: survey, owner: me}
"""


def at(day: int) -> str:
    return (START + timedelta(days=day)).isoformat()


def write(
    room: Room, people: dict[str, str], words: dict[str, Sequence[Word]], purpose: str = "survey"
) -> None:
    """Write customers (an e-mail address each), a reply of each on day 10, and what each said."""
    room.write(
        "customers.csv", "customer_id,email\n" + "".join(f"{c},{mail}\n" for c, mail in people.items())
    )
    lines = "".join(f"R{c},{c},email,,,{at(10)}\n" for c in people)
    room.write("replies.csv", "reply_id,customer,channel,shop,visit,given_at\n" + lines)
    told = [
        f"{who}-{nth},{who},{purpose},{'yes' if word.granted else 'no'},{at(word.day)},{word.channel}\n"
        for who, mine in words.items()
        for nth, word in enumerate(mine)
    ]
    room.write("words.csv", "event_id,customer,purpose,granted,happened_at,channel\n" + "".join(told))


def gone(room: Room, purpose: str = "survey") -> set[str]:
    return {row for row, what in without(room, NOW) if what == purpose}


def decide(room: Room, one: str, other: str, *, accept: bool) -> int:
    with room.ledger.write(actor="anna") as writer:
        d.decide(writer, "who", accept=accept, left=[one], right=[other])
        return d.decisions(writer, "who")[-1].number


def test_a_withdrawal_reaches_all_records_of_a_person(tmp_path: Path, warehouse_word: str) -> None:
    people = {"a": "ana@x.de", "b": "Ana@x.de", "c": "cem@x.de"}
    with opened(tmp_path, PROJECT, warehouse_word) as room:
        write(room, people, {"a": said("+1 -20"), "b": said("+2")})
        assert gone(room) == {"Ra", "Rb"}
        number = decide(room, "a", "b", accept=False)
        assert gone(room) == {"Ra"}, "two people after all: the right of the other comes back"
        with room.ledger.write(actor="anna") as writer:
            d.undo(writer, "who", number)
        assert gone(room) == {"Ra", "Rb"}
        decide(room, "b", "c", accept=True)
        assert gone(room) == {"Ra", "Rb", "Rc"}, "whoever joins the person is reached too"
        write(room, people, {"a": said("+1 -20"), "b": said("+2 +30")})
        assert gone(room) == {"Ra", "Rc"}, "a later consent is heard for its own record alone"
        write(room, people, {"a": said("+1 -20"), "b": said("+2")}, "research")
        assert gone(room, "research") == set(), "of that day the right was there"
        write(room, people, {"a": said("+1 -9"), "b": said("+2")}, "research")
        assert gone(room, "research") == {"Ra", "Rb", "Rc"}


def test_what_is_not_declared_reaches_nobody_else(tmp_path: Path) -> None:
    with opened(tmp_path, PROJECT.replace("withdrawal_reaches: person\n", "")) as room:
        write(room, {"a": "ana@x.de", "b": "ana@x.de"}, {"a": said("-20")})
        assert gone(room) == {"Ra"}


def test_without_knowing_who_is_who_nothing_is_left_out_in_silence(tmp_path: Path) -> None:
    with opened(tmp_path, PROJECT) as room, pytest.raises(IdentityError, match="cannot be told"):
        without_right(Rows(room.catalog, room.engine, {}, NOW))


WORDS = st.lists(
    st.builds(Word, st.integers(0, 20), st.booleans(), st.sampled_from(["", "email", "phone"])), max_size=4
)


@settings(max_examples=8)
@given(people=st.lists(st.tuples(st.sampled_from("xyz"), WORDS), min_size=1, max_size=6),
       purpose=st.sampled_from(["survey", "research"]))  # fmt: skip
def test_being_one_takes_rights_and_never_gives_any(
    people: list[tuple[str, list[Word]]], purpose: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The rule once more, word by word: one's own words, and the withdrawals of one's other records."""
    with opened(tmp_path_factory.mktemp("persons"), PROJECT) as room:
        write(
            room,
            {f"{n}": f"{mail}@x.de" for n, (mail, _) in enumerate(people)},
            {f"{n}": words for n, (_, words) in enumerate(people)},
            purpose,
        )
        found = gone(room, purpose)
    for n, (mail, mine) in enumerate(people):
        others = [
            w for k, (m, words) in enumerate(people) if m == mail and k != n for w in words if not w.granted
        ]
        heard = [w for w in (*mine, *others) if w.channel in {"", "email"}]

        def allowed(day: int, heard: list[Word] = heard) -> bool:
            by_then = [w for w in heard if w.day <= day]
            return min((-w.day, w.granted) for w in by_then)[1] if by_then else True

        assert (f"R{n}" not in found) == (allowed(10) and (purpose == "research" or allowed(10**6))), (
            n,
            people,
        )


def test_what_is_made_of_rows_without_a_right_has_none(tmp_path: Path, warehouse_word: str) -> None:
    with opened(tmp_path, PROJECT + DERIVED, warehouse_word) as room:
        room.write("customers.csv", "customer_id,email\na,a@x.de\nb,b@x.de\nc,c@x.de\n")
        room.write("replies.csv", "reply_id,customer,channel,shop,visit,given_at\n" + "".join([
            f"r1,a,email,north,v1,{at(1)}\n", f"r2,b,email,north,v2,{at(2)}\n",
            f"r3,b,email,south,v1,{at(0)}\n", f"r4,c,email,west,v4,{at(4)}\n",
            f"r5,a,post,west,v5,{at(5)}\n", f"r6,c,email,east,v6,{at(6)}\n",
        ]))  # fmt: skip
        words = "event_id,customer,purpose,granted,happened_at,channel\n"
        room.write("words.csv", words + f"1,a,survey,no,{at(20)},\n")
        found = gone(room)
        made = {row for row in found if row not in {"r1", "r5"}}
        assert {"r1", "r5"} <= found
        assert {row[:10] for row in made} == {"north", "r3", at(1)[:10]}, (
            "the shop, the chain that r3 begins, and the month of that shop; west was not made of the letter"
        )
        room.write("words.csv", words + f"1,a,survey,no,{at(20)},\n2,a,survey,yes,{at(30)},\n")
        assert gone(room) == set()


def test_versions_of_one_made_of_rows_without_a_right_have_none(tmp_path: Path) -> None:
    with opened(tmp_path, PROJECT + VERSIONS) as room:
        write(room, {"a": "a@x.de", "b": "b@x.de"}, {"a": said("-20")})
        room.write("reports.csv", "shop,told_at,customer,grade\n" + "".join([
            f"north,{at(1)},a,good\n", f"north,{at(2)},b,bad\n", f"south,{at(1)},b,good\n",
        ]))  # fmt: skip
        assert gone(room) == {"Ra", "north"}
