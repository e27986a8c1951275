"""How service desks and messengers answer; see faces.py."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from tests.ingest.api.server import Call, Face, Reply
from tests.ingest.systems.faces import PAGE, Holds, at, basic, only, window


def servicenow(holds: Holds) -> Face:
    def face(call: Call) -> Reply:
        table = call.path.removeprefix("/api/now/table/")
        if table not in holds:
            return Reply({"error": {"message": "Invalid table"}, "status": "failure"}, 400)
        rule, order = call.query["sysparm_query"].split("^ORDERBY")
        if since := re.fullmatch(r"sys_updated_on>=(.+)", rule):
            rows = [r for r in holds[table] if at(r["sys_updated_on"]) >= at(since[1])]
        else:
            rows = [r for r in holds[table] if r["roles"] == rule.removeprefix("roles=")]
        rows = sorted(rows, key=lambda r: r[order])
        start = int(call.query.get("sysparm_offset", 0))
        page, more = window(rows, start)
        wanted = call.query["sysparm_fields"].split(",")
        query = urlencode({**call.query, "sysparm_offset": start + PAGE})
        link = f'<{call.base}{call.path}?{query}>;rel="next"'
        return Reply({"result": [{name: r.get(name, "") for name in wanted} for r in page]},
                     headers={"Link": link} if more else {})  # fmt: skip

    secret = holds["secrets"]["servicenow_password"]
    return only(face, "authorization", basic("leadline.integration", secret))


def jira(holds: Holds) -> Face:
    def search(call: Call) -> Reply:
        asked = call.json
        rule = re.fullmatch(
            r'project in \(SUPPORT\) AND updated >= "(.+)" ORDER BY updated ASC', asked["jql"]
        )
        if rule is None:
            return Reply({"errorMessages": ["Error in the JQL Query"]}, 400)
        rows = [i for i in holds["issues"] if at(i["fields"]["updated"]) >= at(rule[1])]
        rows.sort(key=lambda i: i["fields"]["updated"])
        start = int(asked.get("nextPageToken", "p0")[1:])
        page, more = window(rows, start)
        shown = []
        for issue in page:
            fields = {name: issue["fields"][name] for name in asked["fields"]}
            log = {"changelog": issue["changelog"]} if asked.get("expand") == "changelog" else {}
            shown.append({"id": issue["id"], "key": issue["key"], "fields": fields, **log})
        return Reply(
            {"issues": shown, "isLast": not more, **({"nextPageToken": f"p{start + PAGE}"} if more else {})}
        )

    def listed(call: Call, rows: list[Any]) -> Reply:
        start = int(call.query.get("start", 0))
        page, more = window(rows, start)
        return Reply({"size": len(page), "start": start, "limit": 50, "isLastPage": not more, "values": page})

    def face(call: Call) -> Reply:
        if call.path == "/rest/api/3/search/jql" and call.method == "POST":
            return search(call)
        if call.path == "/rest/servicedeskapi/servicedesk":
            return listed(call, holds["servicedesks"])
        desk = re.fullmatch(r"/rest/servicedeskapi/servicedesk/(\d+)/customer", call.path)
        if desk and call.headers.get("x-experimentalapi") == "opt-in":
            return listed(call, holds["customers"][desk[1]])
        return Reply({"errorMessage": "not found"}, 404)

    token = holds["secrets"]["jira_token"]
    return only(face, "authorization", basic("cx-insights@your-company.example", token))


def freshdesk(holds: Holds) -> Face:
    def face(call: Call) -> Reply:
        what = call.path.removeprefix("/api/v2/").removeprefix("surveys/")
        if what not in holds:
            return Reply({"message": "not found"}, 404)
        page, size = int(call.query.get("page", 1)), int(call.query.get("per_page", 30))
        if page > holds.get("last_page", 300):
            return Reply({"description": "Validation failed", "errors": [{"field": "page"}]}, 400)
        since = next(
            (call.query[n] for n in ("updated_since", "_updated_since", "created_since") if n in call.query),
            "",
        )
        mark = "created_at" if "created_since" in call.query else "updated_at"
        rows = [r for r in holds[what] if not since or at(r[mark]) >= at(since)]
        if call.query.get("order_by") == "updated_at":
            rows = sorted(rows, key=lambda r: r["updated_at"])
        return Reply(rows[(page - 1) * size : page * size])

    return only(face, "authorization", basic(holds["secrets"]["freshdesk_key"], "X"))


def intercom(holds: Holds) -> Face:
    def face(call: Call) -> Reply:
        if call.path == "/admins":
            return Reply({"type": "admin.list", "admins": holds["admins"]})
        what = call.path.strip("/").removesuffix("/search")
        asked = call.json
        rules = asked["query"]["value"] if asked["query"].get("operator") == "AND" else [asked["query"]]
        rows = holds[what]
        for rule in rules:
            assert rule["operator"] == ">"
            if rule["field"] == "updated_at":
                rows = [r for r in rows if r["updated_at"] > int(rule["value"])]
            else:
                rows = [r for r in rows if r.get("conversation_rating")]
        start = int(asked["pagination"].get("starting_after") or 0)
        page, more = window(rows, start)
        pages = {"type": "pages", "page": start // PAGE + 1, "per_page": PAGE}
        name = "data" if what == "contacts" else what
        return Reply({"type": "list", name: page,
                      "pages": pages | ({"next": {"starting_after": str(start + PAGE)}} if more else {})})  # fmt: skip

    return only(face, "authorization", f"Bearer {holds['secrets']['intercom_token']}")


DESKS: dict[str, Callable[[Holds], Face]] = {
    "servicenow": servicenow, "jira": jira, "freshdesk": freshdesk, "intercom": intercom,
}  # fmt: skip
