"""The identity pages: what is to be decided is shown, and decided only by a form of this server."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from leadline.app.refresh import refresh
from leadline.app.wiring import Latest, workspace
from leadline.clock import SystemClock
from leadline.ingest.identity import decisions as d
from leadline.store.staging import Staging
from tests.web.door import entered, make_app

pytestmark = pytest.mark.thorough

PROJECT = """
kind: project
name: shop
---
kind: source
name: customers
fact: customer
files: customers.csv
---
kind: identity
name: who
of: customer
at_most: 2
values: {email: {of: email, as: email}}
same: [{name: email, values: [email]}]
"""


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    (tmp_path / "leadline.yaml").write_text(PROJECT)
    (tmp_path / "customers.csv").write_text(
        "customer_id,email,name\na,x@x,Ana <b>\nb,x@x,Ana\nc,x@x,Bo\nd,y@y,Cem\n"
    )
    with workspace(tmp_path, actor="tester") as space:
        refresh(space, SystemClock(), lambda *_: None)
        app = make_app(
            Latest(space), space.ledger, staging=lambda: Staging(space.home.root, space.settings, large=False)
        )
        with entered(app) as client:
            client.space = space  # type: ignore[attr-defined]  # for the tests to look behind the pages
            yield client


def test_what_a_guard_held_back_is_asked_and_decided_once(client: TestClient) -> None:
    listed = client.get("/identity").text
    address = re.search(r'href="(/identity/who/pair[^"]+)"', listed)
    assert address is not None
    page = client.get(address[1].replace("&amp;", "&")).text
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token is not None
    keys = dict(re.findall(r'name="(left|right)" value="([^"]+)"', page))
    form = {**keys, "because": "two sisters", "say": "apart"}
    target = "/identity/who/pair"
    assert client.post(target, data=form).status_code == 403
    assert client.post(target, data={**form, "token": "guessed"}).status_code == 403
    elsewhere = {"sec-fetch-site": "cross-site"}
    assert client.post(target, data={**form, "token": token[1]}, headers=elsewhere).status_code == 403
    undecided = {**form, "say": "perhaps", "token": token[1]}
    assert client.post(target, data=undecided).status_code == 400
    assert client.post(target, data={**form, "token": token[1]}, follow_redirects=False).status_code == 303
    with client.space.ledger.read() as reader:  # type: ignore[attr-defined]  # see above
        found = d.decisions(reader, "who")
    assert [(one.actor, one.accepted, one.because) for one in found] == [("tester", False, "two sisters")]
    assert address[1] not in client.get("/identity").text
    assert "tester said" in client.get(address[1].replace("&amp;", "&")).text


def test_texts_are_escaped_and_what_is_not_there_is_said(client: TestClient) -> None:
    page = client.get("/identity/who/pair?left=a&right=d").text
    assert "Ana &lt;b&gt;" in page
    assert client.get("/identity/who/pair?left=a&right=nobody").status_code == 404
    assert client.get("/identity/who/pair").status_code == 404
    assert client.get("/identity/whom/pair?left=a&right=b").status_code == 404
    assert client.post("/identity/who/pair", content=b"x" * 30_000).status_code == 403
