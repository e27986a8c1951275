"""Pages of a real server on this machine: each once, whole, in spite of what goes wrong on the way."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from leadline.errors import SourceError
from tests.ingest.api.server import Call, Fault, Reply, serving
from tests.ingest.api.things import BEGIN, ROWS, WAYS, connector, fetch, ids, numbered, word


@pytest.mark.parametrize("way", WAYS)
def test_every_record_comes_once(way: str) -> None:
    face, declared = WAYS[way]
    with serving(face) as server:
        records, _ = fetch(connector(server, **declared))
        assert ids(records) == list(range(23))
        assert records[3]["n"] == {"twice": 6}
        assert len(server.calls) in (5, 6)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["status", "cut", "garbage", "hang-up"])
def test_what_goes_wrong_once_is_asked_for_again(way: str, kind: Any) -> None:
    face, declared = WAYS[way]
    with serving(face, Fault(kind, after=2), Fault(kind, after=1)) as server:
        records, _ = fetch(connector(server, **declared))
        assert ids(records) == list(range(23))
        assert all(fault.spent for fault in server.faults)


@pytest.mark.parametrize("answer", [{"items": []}, {"things": None}, {"things": ["text"]}, []])
def test_an_answer_of_another_shape_is_never_an_empty_list(answer: Any) -> None:
    with serving(lambda _: Reply(answer)) as server:
        with pytest.raises(SourceError) as error:
            fetch(connector(server))
        assert error.value.code == "api-shape"


def test_the_same_page_again_and_again_is_an_error() -> None:
    with serving(lambda _: Reply({"things": ROWS[:5], "next": "/things?at=5"})) as server:
        with pytest.raises(SourceError, match="same page twice") as error:
            fetch(connector(server, pages={"link": {"from": "next"}}))
        assert error.value.code == "api-repeats"
        assert len(server.calls) == 2


def changed_since(call: Call) -> Reply:
    since = datetime.fromisoformat(call.query.get("since", "1970-01-01T00:00:00Z"))
    found = sorted(
        (dict(r) for r in LIVE if datetime.fromisoformat(r["updated"]) >= since), key=lambda r: r["updated"]
    )
    page = int(call.query.get("page", 1))
    return Reply({"things": found[(page - 1) * 5 : page * 5]})


LIVE: list[dict[str, Any]] = []
SINCE: dict[str, Any] = {"query": {"since": "{since}"}, "pages": {"page": {"to": "page", "rows": 5}}}


@pytest.fixture(autouse=True)
def _live() -> None:
    LIVE[:] = [dict(row) for row in ROWS]


@pytest.mark.parametrize("in_order", [False, True])
def test_the_next_fetch_asks_for_what_changed(in_order: bool) -> None:
    since = {"field": "updated", "overlap": "1 hour", "sorted": in_order}
    with serving(changed_since) as server:
        made = connector(server, since=since, **SINCE)
        records, cursor = fetch(made)
        assert set(ids(records)) == set(range(23))
        assert "since" not in server.calls[0].query
        LIVE[4]["updated"] = (BEGIN + timedelta(days=2)).isoformat()
        again, cursor = fetch(made, cursor)
        assert set(ids(again)) == {21, 22, 4}  # an hour again, and what changed
        assert set(ids(fetch(made, cursor)[0])) == {4}


def test_records_in_order_are_not_missed_when_others_move_meanwhile() -> None:
    since = {"field": "updated", "overlap": "none", "sorted": True}
    moved: list[int] = []

    def moving(call: Call) -> Reply:
        reply = changed_since(call)
        if (
            len(moved) < 8
        ):  # after each page, one of its records changes: it leaves its place, and all behind move up
            first = reply.body["things"][0]
            moved.append(first["id"])
            row = next(r for r in LIVE if r["id"] == first["id"])
            row["updated"] = (BEGIN + timedelta(days=30 + len(moved))).isoformat()
        return reply

    with serving(moving) as server:
        records, _ = fetch(connector(server, since=since, **SINCE))
    assert set(ids(records)) == set(range(23))


def test_many_records_of_one_instant_are_passed_page_by_page() -> None:
    for row in LIVE[3:20]:
        row["updated"] = LIVE[3]["updated"]
    with serving(changed_since) as server:
        records, _ = fetch(connector(server, since={"field": "updated", "sorted": True}, **SINCE))
        assert set(ids(records)) == set(range(23))


def test_what_changes_while_pages_are_read_belongs_to_the_next_fetch() -> None:
    """The API's clock said noon as the walk began: a record of one o'clock was changed while it went on."""
    with serving(changed_since) as server:
        server.date = "Thu, 01 Jan 2026 12:00:00 GMT"
        made = connector(server, since={"field": "updated", "overlap": "none"}, **SINCE)
        _, cursor = fetch(made)
        fetch(made, cursor)
        assert server.calls[-1].query["since"] == "2026-01-01T12:00:00Z"


@pytest.mark.parametrize("way", ["a cursor", "a link", "a Link header", "the last record"])
def test_a_fetch_that_ended_early_goes_on_where_it_was(way: str) -> None:
    face, declared = WAYS[way]
    since = {"field": "updated"}
    with serving(face) as server:
        first: list[Any] = []
        cursor: Any = None
        for page in connector(server, since=since, **declared).pages(None, lambda: None):
            first += page.records
            cursor = page.cursor
            if len(first) >= 10:
                break
        before = len(server.calls)
        rest, _ = fetch(connector(server, since=since, **declared), json.loads(json.dumps(cursor)))
        assert ids(first) + ids(rest) == list(range(23))
        assert len(server.calls) - before == 3


def test_a_remembered_place_that_has_expired_is_begun_anew() -> None:
    def expired(call: Call) -> Reply:
        return Reply({"error": "cursor expired"}, 410) if call.query.get("after") == "old" else word(call)

    with serving(expired) as server:
        made = connector(
            server, since={"field": "updated"}, pages={"cursor": {"from": "meta.after", "to": "after"}}
        )
        records, _ = fetch(made, {"own": {"at": "old"}})
        assert ids(records) == list(range(23))


def test_a_lasting_cursor_asks_for_nothing_twice() -> None:
    rows = list(ROWS[:7])

    def stream(call: Call) -> Reply:
        at = int(call.query.get("at", 0))
        end = min(at + 5, len(rows))
        return Reply(
            {"things": rows[at:end], "after": f"{call.base}/things?at={end}", "end": end == len(rows)}
        )

    pages = {"link": {"from": "after", "done": "end", "lasting": True}}
    with serving(stream) as server:
        made = connector(server, pages=pages, query={"start": 0})
        assert not made.whole
        records, cursor = fetch(made)
        assert ids(records) == list(range(7))
        assert fetch(made, cursor)[0] == []
        rows.extend(ROWS[7:9])
        records, cursor = fetch(made, cursor)
        assert ids(records) == [7, 8]


def test_children_carry_what_is_kept_of_their_parents() -> None:
    def family(call: Call) -> Reply:
        if call.path == "/things":
            return numbered(call)
        of = int(call.path.split("/")[2])
        return Reply({"comments": [{"id": f"{of}-{n}", "text": "x"} for n in range(of % 3)]})

    declared = {
        "path": "/things/{parent.id}/comments", "records": "comments",
        "parent": {
            "path": "/things", "records": "things", "keep": ["id"], "pages": {"page": {"to": "page", "rows": 5}}
        },
    }  # fmt: skip
    with serving(family, Fault("cut", after=9)) as server:
        records, _ = fetch(connector(server, **declared))
        assert [(r["parent"]["id"], r["id"]) for r in records] == [
            (of, f"{of}-{n}") for of in range(23) for n in range(of % 3)
        ]
        assert "/things/22/comments" in server.paths


def test_the_items_of_a_list_become_rows() -> None:
    orders = [{"id": 1, "lines": [{"sku": "a"}, {"sku": "b"}], "at": "x"}, {"id": 2, "lines": [], "at": "y"}]
    with serving(lambda _: Reply({"things": orders})) as server:
        records, _ = fetch(connector(server, each="lines"))
    assert records == [
        {"sku": "a", "position": 0, "record": {"id": 1, "at": "x"}},
        {"sku": "b", "position": 1, "record": {"id": 1, "at": "x"}},
    ]


@pytest.mark.parametrize(
    ("answer", "body"),
    [("csv", b'id,name\r\n1,"a, b"\r\n2,c\r\n'),
     ("lines", b'{"id": "1", "name": "a, b"}\n{"id": "2", "name": "c"}\n')],
)  # fmt: skip
def test_exports_of_lines(answer: str, body: bytes) -> None:
    with serving(lambda _: Reply(body), Fault("cut")) as server:
        records, _ = fetch(connector(server, answer=answer, records=""))
    assert records == [{"id": "1", "name": "a, b"}, {"id": "2", "name": "c"}]
