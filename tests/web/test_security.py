"""What every response carries, who may ask, and that nothing can be written."""

import logging
import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from leadline.app.web.routes import FORMS, ROUTES, Route
from leadline.app.web.security import HEADERS
from leadline.app.web.signing import KEY_IN, SIGN_IN, SIGN_OUT
from leadline.app.wiring import Workspace
from leadline.errors import BusyError, NothingPublished
from leadline.metrics.published import Published
from tests.web.door import cookie_of, entered, make_app
from tests.web.small_company import NOW


@pytest.mark.parametrize("path", ["/", "/metrics/nps", "/nowhere", "/static/leadline.css", "/static/nothing"])
def test_every_response_carries_the_headers(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert {name: response.headers[name] for name in HEADERS} == HEADERS
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "", "127.0.0.2"]
)
def test_a_foreign_name_gets_no_answer(client: TestClient, host: str) -> None:
    response = client.get("/", headers={"host": host})
    assert response.status_code == 400
    assert "Small" not in response.text
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("host", ["127.0.0.1:8750", "localhost", "localhost:1", "[::1]:8750", "[::1]"])
def test_this_machine_is_known_by_its_names(app: FastAPI, client: TestClient, host: str) -> None:
    made = cookie_of(app, f"http://{host}")
    headers = {"host": host, "cookie": f"{made['name']}={made['value']}"}
    assert client.get("/metrics", headers=headers).status_code == 200


def test_another_name_must_be_allowed(space: Workspace) -> None:
    app = make_app(lambda: _nothing(), space.ledger, also=("kpi.example",), clock=NOW)  # noqa: PLW0108 - shows intent
    with entered(app, "http://kpi.example") as asking:
        assert asking.get("/").status_code == 503


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_no_address_takes_a_write_but_forms_of_this_server(
    client: TestClient, route: Route, method: str
) -> None:
    path = re.sub(r"\{[^}]+\}", "nps", route.path.replace("{number:int}", "7"))
    takes = method == "POST" and route.path in {form.path for form in FORMS}
    assert client.request(method, path).status_code == (403 if takes else 405)


def test_every_route_is_in_the_table(app: FastAPI) -> None:
    served = {vars(route)["path"] for route in app.routes}
    doors = {SIGN_IN, SIGN_OUT, KEY_IN}
    assert served == {one.path for one in (*ROUTES, *FORMS)} | doors | {"/static"}


def test_own_files_are_kept_by_their_hash_and_pages_are_not(client: TestClient) -> None:
    page = client.get("/")
    address = re.search(r'href="(/static/leadline\.css\?v=\w+)"', page.text)
    assert address
    assert page.headers["Cache-Control"] == "private, no-cache"
    assert "immutable" in client.get(address.group(1)).headers["Cache-Control"]
    assert "immutable" not in client.get("/static/leadline.css").headers.get("Cache-Control", "")


@pytest.mark.parametrize(
    "path", ["/static/../application.py", "/static/%2e%2e/application.py", "/static//etc/passwd"]
)
def test_static_files_end_at_their_folder(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in {404, 405}


def _nothing() -> Published:
    raise NothingPublished("Nothing has been published in this project yet.", hint="Run: leadline refresh")


@pytest.fixture
def empty(space: Workspace) -> Iterator[TestClient]:
    """The pages before the first refresh."""
    with entered(make_app(_nothing, space.ledger, clock=NOW)) as asking:
        yield asking


def test_before_the_first_refresh_every_page_says_what_to_do(empty: TestClient) -> None:
    for path in ("/", "/metrics", "/sources", "/figures"):
        response = empty.get(path)
        assert response.status_code == 503
        page = vars(response)["context"]
        assert page["heading"] == "Nothing is published yet"
        assert page["commands"] == ("leadline refresh",)


def test_a_busy_project_says_to_try_again(space: Workspace) -> None:
    def busy() -> Published:
        raise BusyError("Another process is writing.", hint="Try again.")

    with entered(make_app(busy, space.ledger, clock=NOW)) as asking:
        assert asking.get("/").status_code == 503


def test_what_nobody_foresaw_is_logged_and_shows_no_inner_life(
    space: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> Published:
        raise RuntimeError("secret /etc/shadow")

    with entered(make_app(broken, space.ledger, clock=NOW)) as asking:
        with caplog.at_level(logging.ERROR):
            response = asking.get("/")
        assert response.status_code == 500
        assert "secret" not in response.text
        assert "secret" in caplog.text
        assert response.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]


HOSTILE = "%3Cscript%3Ealert(1)%3C/script%3E%22%27%3E%3Csvg%20onload=alert(1)%3E"


ADDRESSES = (
    f"/metrics?q={HOSTILE}",
    f"/metrics/{HOSTILE}",
    f"/metrics/nps?unit={HOSTILE}",
    f"/metrics/nps?slice={HOSTILE}",
    f"/metrics/nps?slice=channel%3D{HOSTILE}",
    f"/figures?metric=nps&period=2026-01&slice=channel%3D{HOSTILE}",
    f"/sources/contacts?reason={HOSTILE}",
    f"/findings?kind={HOSTILE}",
    f"/definitions/{HOSTILE}/x",
    f"/?period={HOSTILE}",
)


@pytest.mark.parametrize("path", ADDRESSES)
def test_what_a_url_says_is_only_ever_text(client: TestClient, path: str) -> None:
    text = client.get(path).text
    assert "<script>alert" not in text
    assert "<svg onload" not in text
    assert "\"'>" not in text
