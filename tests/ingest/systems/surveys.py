"""How survey systems answer; see faces.py."""

import base64
import io
import json
import re
import zipfile
from collections.abc import Callable
from typing import Any

from tests.ingest.api.server import Call, Face, Reply
from tests.ingest.systems.faces import PAGE, Holds, at, basic, only, token, window


def surveymonkey(holds: Holds) -> Face:
    def face(call: Call) -> Reply:
        responses = re.fullmatch(r"/v3/surveys/(\d+)/responses/bulk", call.path)
        if call.path == "/v3/surveys":
            rows = holds["surveys"]
        elif responses:
            rows = holds["responses"].get(responses[1], [])
            since = call.query.get("start_modified_at")
            rows = [r for r in rows if not since or at(r["date_modified"]) >= at(since)]
        else:
            return Reply({"error": {"id": "1020", "name": "Resource Not Found"}}, 404)
        number = int(call.query.get("page", 1))
        page, more = window(rows, (number - 1) * PAGE)
        query = "&".join(f"{k}={v}" for k, v in call.query.items() if k != "page")
        links = {"self": "x"} | (
            {"next": f"{call.base}{call.path}?{query}&page={number + 1}"} if more else {}
        )
        return Reply({"data": page, "per_page": PAGE, "page": number, "total": len(rows), "links": links})

    return only(face, "authorization", f"Bearer {holds['secrets']['surveymonkey_token']}")


def qualtrics(holds: Holds) -> Face:
    jobs: dict[str, dict[str, Any]] = {}
    base = "/API/v3/surveys/SV_0000000000/export-responses"

    def result(found: Any) -> Reply:
        return Reply({"result": found, "meta": {"httpStatus": "200 - OK"}})

    def face(call: Call) -> Reply:
        if call.path == base and call.method == "POST":
            name = f"ES_{len(jobs)}"
            since = at(call.json["startDate"])
            rows = [r for r in holds["responses"] if at(r["values"]["recordedDate"]) >= since]
            jobs[name] = {"asked": 0, "rows": rows}
            return result({"progressId": name, "percentComplete": 0.0, "status": "inProgress"})
        if (one := re.fullmatch(rf"{base}/(ES_\d+)", call.path)) and one[1] in jobs:
            jobs[one[1]]["asked"] += 1
            ready = jobs[one[1]]["asked"] > 2
            return result({"percentComplete": 100.0, "status": "complete", "fileId": f"file-{one[1]}"} if ready
                          else {"percentComplete": 50.0, "status": "inProgress"})  # fmt: skip
        if one := re.fullmatch(rf"{base}/file-(ES_\d+)/file", call.path):
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("Satisfaction.json", json.dumps({"responses": jobs[one[1]]["rows"]}))
            return Reply(packed.getvalue(), headers={"Content-Type": "application/zip"})
        return Reply({"meta": {"error": {"errorMessage": "not found"}}}, 404)

    return only(face, "x-api-token", holds["secrets"]["qualtrics_token"])


def limesurvey(holds: Holds) -> Face:
    state = {"keys": 0, "used": 0}

    def export(asked: list[Any]) -> Any:
        rows = [r for r in holds["responses"] if int(r["id"]) >= int(asked[7])]
        if not holds["responses"]:
            return {"status": "No Data, could not get max id."}
        return base64.b64encode(json.dumps({"responses": rows}).encode()).decode()

    def face(call: Call) -> Reply:
        asked = call.json
        if asked["method"] == "get_session_key":
            if asked["params"][1] != holds["secrets"]["limesurvey_password"]:
                return Reply({"id": 1, "result": {"status": "Invalid user name or password"}, "error": None})
            state.update(keys=state["keys"] + 1, used=0)
            return Reply({"id": 1, "result": f"session-{state['keys']}", "error": None})
        state["used"] += 1
        if asked["params"][0] != f"session-{state['keys']}" or (state["keys"] == 1 and state["used"] == 1):
            return Reply(
                {"id": 1, "result": {"status": "Invalid session key"}, "error": None}
            )  # the first expires
        return Reply({"id": 1, "result": export(asked["params"]), "error": None})

    return face


def medallia(holds: Holds) -> Face:
    def face(call: Call) -> Reply:
        asked = call.json
        since = at(asked["variables"]["changed"])
        rows = [r for r in holds["feedback"] if at(r["answered"]["values"][0]) >= since]
        start = int(asked["variables"]["after"] or 0)
        page, more = window(rows, start)
        info = {"endCursor": str(start + PAGE), "hasNextPage": more}
        return Reply({"data": {"feedback": {"nodes": page, "pageInfo": info}}})

    shown = basic("YOUR-CLIENT-ID", holds["secrets"]["medallia_client_secret"])
    return token(face, "/oauth/your-company/token", lambda call: call.headers.get("authorization") == shown)


SURVEYS: dict[str, Callable[[Holds], Face]] = {
    "surveymonkey": surveymonkey, "qualtrics": qualtrics, "limesurvey": limesurvey, "medallia": medallia,
}  # fmt: skip
