"""How each system answers: its addresses, its authentication, its way of giving pages, as its documentation has them.

What a system holds stands in the file of its name beside this one. A page has at most two records, where a real one
has a hundred, so that there are several.
"""

import base64
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from tests.ingest.api.server import Call, Face, Reply

Holds = Mapping[str, Any]
PAGE = 2


def at(text: Any) -> datetime:
    """Read an instant as any of these systems writes it."""
    written = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", str(text).replace("Z", "+00:00"))
    found = datetime.fromisoformat(written)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def only(face: Face, name: str, value: str) -> Face:
    """Answer to who sends this header, 401 to all others."""

    def answer(call: Call) -> Reply:
        return (
            face(call)
            if call.headers.get(name) == value
            else Reply({"error": "Could not authenticate you"}, 401)
        )

    return answer


def token(face: Face, path: str, grant: Callable[[Call], bool], *, good_for: int = 4) -> Face:
    """Issue tokens for a secret; each expires after some answers."""
    state = {"issued": 0, "used": 0}

    def answer(call: Call) -> Reply:
        if call.path == path:
            if not grant(call):
                return Reply({"error": "invalid_client"}, 400)
            state.update(issued=state["issued"] + 1, used=0)
            return Reply({"access_token": f"issued-{state['issued']}", "token_type": "Bearer"})
        state["used"] += 1
        if (
            call.headers.get("authorization") != f"Bearer issued-{state['issued']}"
            or state["used"] > good_for
        ):
            return Reply([{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}], 401)
        return face(call)

    return answer


def window(rows: list[Any], start: int, size: int = PAGE) -> tuple[list[Any], bool]:
    """Give a page and whether there is more."""
    return rows[start : start + size], start + size < len(rows)


def zendesk(holds: Holds) -> Face:
    def incremental(call: Call, what: str) -> Reply:
        moved = sorted(holds[what], key=lambda row: (row["updated_at"], row["id"]))
        if "cursor" in call.query:
            seen, last = call.query["cursor"].split("|")
            found = [r for r in moved if (r["updated_at"], r["id"]) > (seen, int(last))]
        else:
            seen, last = "", "0"
            found = [r for r in moved if at(r["updated_at"]).timestamp() >= int(call.query["start_time"])]
        rows, more = window(found, 0)
        cursor = f"{rows[-1]['updated_at']}|{rows[-1]['id']}" if rows else f"{seen}|{last}"
        after = f"{call.base}{call.path}?cursor={cursor}"
        return Reply({what: rows, "after_url": after, "after_cursor": cursor, "end_of_stream": not more})

    def events(call: Call) -> Reply:
        found = [e for e in holds["ticket_events"] if e["timestamp"] >= int(call.query["start_time"])]
        rows, more = window(found, 0)
        end = rows[-1]["timestamp"] + (0 if more else 1) if rows else int(call.query["start_time"])
        link = f"{call.base}{call.path}?start_time={end}"
        return Reply(
            {"ticket_events": rows, "next_page": link, "count": len(rows), "end_of_stream": not more}
        )

    def listed(call: Call, what: str, rows: list[Any]) -> Reply:
        start = int(call.query.get("page[after]", 0))
        page, more = window(rows, start)
        link = f"{call.base}{call.path}?page[after]={start + PAGE}&page[size]=100"
        return Reply(
            {
                what: page,
                "meta": {"has_more": more, "after_cursor": str(start + PAGE)},
                "links": {"next": link},
            }
        )

    def agents() -> list[Any]:
        return [user for user in holds["users"] if user["role"] != "end-user"]

    def received() -> list[Any]:
        return [r for r in holds["satisfaction_ratings"] if r["score"].startswith(("good", "bad"))]

    answers: dict[str, Callable[[Call], Reply]] = {
        "/api/v2/incremental/users/cursor.json": lambda call: incremental(call, "users"),
        "/api/v2/incremental/tickets/cursor.json": lambda call: incremental(call, "tickets"),
        "/api/v2/incremental/ticket_events.json": events,
        "/api/v2/users.json": lambda call: listed(call, "users", agents()),
        "/api/v2/satisfaction_ratings.json": lambda call: listed(call, "satisfaction_ratings", received()),
    }

    def face(call: Call) -> Reply:
        known = answers.get(call.path)
        return known(call) if known else Reply({"error": "RecordNotFound"}, 404)

    return only(
        face,
        "authorization",
        basic("cx-insights@your-company.example/token", holds["secrets"]["zendesk_token"]),
    )


def salesforce(holds: Holds) -> Face:
    def face(call: Call) -> Reply:
        if (more := re.fullmatch(r"/services/data/v62.0/query/(\w+)-(\d+)", call.path)) is None:
            soql = call.query["q"]
            read = re.fullmatch(r"SELECT (.+?) FROM (\w+) WHERE (\w+) >= (\S+) ORDER BY \w+", soql)
            if read is None:
                return Reply([{"message": "unexpected token", "errorCode": "MALFORMED_QUERY"}], 400)
            fields, name, stamp, since = read.groups()
            chosen = [r for r in holds[name] if at(r[stamp]) >= at(since)]
            if missing := [f for f in fields.split(", ") if chosen and f not in chosen[0]]:
                return Reply(
                    [{"message": f"No such column '{missing[0]}'", "errorCode": "INVALID_FIELD"}], 400
                )
            found[name] = [{"attributes": {"type": name}, **{f: r[f] for f in fields.split(", ")}}
                           for r in sorted(chosen, key=lambda r: r[stamp])]  # fmt: skip
            start = 0
        else:
            name, start = more[1], int(more[2])
        rows, left = window(found[name], start)
        reply = {"totalSize": len(found[name]), "done": not left, "records": rows}
        return Reply(
            reply | ({"nextRecordsUrl": f"/services/data/v62.0/query/{name}-{start + PAGE}"} if left else {})
        )

    found: dict[str, list[Any]] = {}
    secret = holds["secrets"]["salesforce_client_secret"]
    return token(face, "/services/oauth2/token", lambda call: call.form.get("client_secret") == secret)


def hubspot(holds: Holds) -> Face:
    def search(call: Call, what: str) -> Reply:
        asked = call.json
        sort = asked["sorts"][0]["propertyName"]
        rule = asked["filterGroups"][0]["filters"][0]
        assert rule["operator"] == "GTE"
        assert rule["propertyName"] == sort
        since = int(rule["value"]) / 1000
        rows = [r for r in holds[what] if at(r["properties"][sort]).timestamp() >= since]
        rows.sort(key=lambda r: r["properties"][sort])
        start = int(asked.get("after", 0))
        if start >= holds.get("deepest", 10_000):
            return Reply({"status": "error", "message": "Paging past 10,000"}, 400)
        page, more = window(rows, start)
        shown = [{**r, "properties": {n: r["properties"].get(n) for n in asked["properties"]}} for r in page]
        return Reply({"total": len(rows), "results": shown,
                      **({"paging": {"next": {"after": str(start + PAGE)}}} if more else {})})  # fmt: skip

    def listed(call: Call, what: str) -> Reply:
        start = int(call.query.get("after", 0))
        page, more = window(holds[what], start)
        link = {
            "paging": {
                "next": {"after": str(start + PAGE), "link": f"{call.base}{call.path}?after={start + PAGE}"}
            }
        }
        return Reply({"results": page, **(link if more else {})})

    def face(call: Call) -> Reply:
        what = call.path.removeprefix("/crm/v3/").removeprefix("objects/")
        if what.endswith("/search") and call.method == "POST":
            return search(call, what.removesuffix("/search"))
        return listed(call, what) if what in holds else Reply({"status": "error"}, 404)

    return only(face, "authorization", f"Bearer {holds['secrets']['hubspot_token']}")


def stripe(holds: Holds) -> Face:
    def face(call: Call) -> Reply:
        what = call.path.removeprefix("/v1/")
        if what not in holds or call.headers.get("stripe-version") != "2024-06-20":
            return Reply({"error": {"type": "invalid_request_error"}}, 404)
        since = int(call.query.get("created[gte]", 0))
        rows = sorted((r for r in holds[what] if r["created"] >= since), key=lambda r: -r["created"])
        after = call.query.get("starting_after")
        start = next((n + 1 for n, r in enumerate(rows) if r["id"] == after), 0)
        page, more = window(rows, start)
        return Reply({"object": "list", "url": call.path, "has_more": more, "data": page})

    return only(face, "authorization", f"Bearer {holds['secrets']['stripe_key']}")


def shopify(holds: Holds) -> Face:
    state = {"asked": 0}

    def face(call: Call) -> Reply:
        state["asked"] += 1
        if state["asked"] == 2:  # a cost that the bucket cannot pay: GraphQL says so in a good answer
            return Reply({"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]})
        asked = call.json
        root = next(w for w in ("orders", "customers", "products") if f" {w}(first: 100" in asked["query"])
        since = re.fullmatch(r"updated_at:>='(.+)'", asked["variables"]["changed"])
        assert since
        rows = [r for r in holds[root] if at(r["updatedAt"]) >= at(since[1])]
        start = int(asked["variables"]["after"] or 0)
        page, more = window(rows, start)
        info = {"hasNextPage": more, "endCursor": str(start + PAGE) if page else None}
        return Reply({"data": {root: {"nodes": page, "pageInfo": info}}, "extensions": {"cost": {}}})

    return only(face, "x-shopify-access-token", holds["secrets"]["shopify_token"])


FACES: dict[str, Callable[[Holds], Face]] = {
    "zendesk": zendesk, "salesforce": salesforce, "hubspot": hubspot, "stripe": stripe, "shopify": shopify,
}  # fmt: skip
