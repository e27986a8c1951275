"""An API of 23 things, asked in every way, for the tests beside this file."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from leadline.catalog.definitions.api import Api
from leadline.ingest.landing.api.walk import ApiConnector
from leadline.ingest.landing.page import Page
from leadline.secret import Secret
from tests.ingest.api.server import Call, Face, Reply, Server

TOKEN = "tok-3f9a7c-secret"  # noqa: S105 - of a server that lives as long as its test
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
ROWS = [
    {"id": n, "updated": (BEGIN + timedelta(hours=n)).isoformat(), "n": {"twice": 2 * n}} for n in range(23)
]


@dataclass
class Still:
    """A pace at which waiting takes no time, and is noted."""

    time: float = 0.0
    waits: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float, heed: Callable[[], None]) -> None:
        heed()
        self.waits.append(seconds)
        self.time += seconds


def api(server: Server, **more: Any) -> Api:
    return Api.model_validate({"url": server.base, "path": "/things", "records": "things", **more})


def connector(server: Server, pace: Still | None = None, **more: Any) -> ApiConnector:
    return ApiConnector("things", api(server, **more), lambda _: Secret(TOKEN), pace or Still())


def fetch(made: ApiConnector, cursor: Any = None) -> tuple[list[Any], Any]:
    """Fetch everything; give the records and the last cursor, which must be JSON."""
    pages: list[Page] = list(made.pages(cursor, lambda: None))
    last = next((page.cursor for page in reversed(pages) if page.cursor is not None), None)
    return [record for page in pages for record in page.records], json.loads(json.dumps(last))


def ids(records: list[Any]) -> list[int]:
    return [record["id"] for record in records]


def numbered(call: Call) -> Reply:
    page, size = int(call.query.get("page", 1)), int(call.query.get("size", 5))
    return Reply({"things": ROWS[(page - 1) * size : page * size], "pages": -(-len(ROWS) // size)})


def passed(call: Call) -> Reply:
    at = int(call.query.get("offset", 0))
    return Reply({"things": ROWS[at : at + 5], "total": len(ROWS)})


def word(call: Call) -> Reply:
    at = int(call.query.get("after", "c0")[1:])
    more = at + 5 < len(ROWS)
    return Reply(
        {"things": ROWS[at : at + 5], "meta": {"after": f"c{at + 5}" if more else None, "more": more}}
    )


def word_in_body(call: Call) -> Reply:
    at = int(call.json.get("paging", {}).get("after", "0"))
    return Reply({"things": ROWS[at : at + 5], "next": {"after": str(at + 5)} if at + 5 < len(ROWS) else {}})


def link(call: Call) -> Reply:
    at = int(call.query.get("at", 0))
    more = at + 5 < len(ROWS)
    return Reply({"things": ROWS[at : at + 5], "next": f"/things?at={at + 5}" if more else None})


def link_header(call: Call) -> Reply:
    at = int(call.query.get("at", 0))
    links = [f'<{call.base}/things?at=0>; rel="first"']
    if at + 5 < len(ROWS):
        links.append(f'<{call.base}/things?at={at + 5}>; rel="next"')
    return Reply({"things": ROWS[at : at + 5]}, headers={"Link": ",".join(links)})


def last_record(call: Call) -> Reply:
    at = int(call.query.get("starting_after", -1)) + 1
    return Reply({"things": ROWS[at : at + 5], "has_more": at + 5 < len(ROWS)})


WAYS: dict[str, tuple[Face, dict[str, Any]]] = {
    "numbers until an empty page": (numbered, {"pages": {"page": {"to": "page"}}}),
    "numbers until a page that is not full": (numbered, {"pages": {"page": {"to": "page", "rows": 5}}}),
    "numbers until the last": (numbered, {"pages": {"page": {"to": "page", "last": "pages"}}}),
    "passed over until the total": (passed, {"pages": {"offset": {"to": "offset", "total": "total"}}}),
    "a cursor": (word, {"pages": {"cursor": {"from": "meta.after", "to": "after"}}}),
    "a cursor and a flag": (
        word, {"pages": {"cursor": {"from": "meta.after", "to": "after", "more": "meta.more"}}}
    ),
    "a cursor in the body": (
        word_in_body,
        {"method": "POST", "body": {"x": 1}, "pages": {"cursor": {"from": "next.after", "to": "paging.after"}}},
    ),
    "a link": (link, {"pages": {"link": {"from": "next"}}}),
    "a Link header": (link_header, {"pages": {"link": {}}}),
    "the last record": (
        last_record, {"pages": {"record": {"field": "id", "to": "starting_after", "more": "has_more"}}}
    ),
}  # fmt: skip
