"""Every route and form × every role × where it is granted: walked from the tables, so that nothing new is forgotten."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from leadline.app.web.routes import FORMS, ROUTES, Form, Route
from leadline.catalog.permissions import OWN, PERMISSIONS, matching
from leadline.catalog.roles import standard
from leadline.governance import sessions
from tests.web.door import cookie_of, let_in

ROLES = ("", *standard())
"""Everybody who has signed in, without a role; then each role."""
NAMES = {"kind": "metric", "name": "nps", "unit": "north", "id": "1", "number": "1"}


def path_of(one: Route | Form) -> str:
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda m: NAMES.get(m[1], "x"), one.path)


def holds(role: str, permission: str) -> bool:
    patterns = standard()[role].may if role else ()
    return permission == OWN or any(permission in matching(pattern) for pattern in patterns)


@pytest.fixture(scope="module")
def people(app: FastAPI) -> dict[str, TestClient]:
    """Somebody of each role, signed in."""
    made = {}
    for role in ROLES:
        made[role] = TestClient(app, base_url="http://127.0.0.1:8750", follow_redirects=False)
        let_in(made[role], f"matrix_{role or 'nobody'}", *([role] if role else []))
    return made


def refused(text: str) -> bool:
    return "This needs the permission" in text


@pytest.mark.thorough
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role or "nobody")
def test_each_role_is_let_in_where_it_may_and_nowhere_else(people: dict[str, TestClient], role: str) -> None:
    for route in ROUTES:
        answer = people[role].get(path_of(route))
        said = f"{role} GET {route.path}: {answer.status_code}"
        assert refused(answer.text) != holds(role, route.permission), said
        if not holds(role, route.permission):
            assert answer.status_code == 403, said


@pytest.mark.thorough
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role or "nobody")
def test_no_form_is_taken_from_who_may_not_send_it(people: dict[str, TestClient], role: str) -> None:
    token = sessions.form_token(next(c.value or "" for c in people[role].cookies.jar if "session" in c.name))
    for form in FORMS:
        without = people[role].post(path_of(form), data={})
        assert without.status_code == 403, f"{form.path} without the page's token"
        assert "did not come from this page" in without.text
        if not holds(role, form.permission):
            answer = people[role].post(path_of(form), data={"token": token})
            assert (answer.status_code, refused(answer.text)) == (403, True), f"{role} POST {form.path}"


def test_a_stranger_gets_nothing_from_any_address(app: FastAPI) -> None:
    with TestClient(app, base_url="http://127.0.0.1:8750", follow_redirects=False) as stranger:
        for route in ROUTES:
            answer = stranger.get(path_of(route))
            assert (answer.status_code, answer.headers["location"][:9]) == (303, "/sign-in?"), route.path
        for form in FORMS:
            assert stranger.post(path_of(form), data={}).status_code == 401, form.path


@pytest.mark.thorough
@pytest.mark.parametrize("permission", sorted(PERMISSIONS))
def test_a_token_opens_its_scope_and_nothing_else(app: FastAPI, permission: str) -> None:
    """Of an administrator's token, only what its scope names is left."""
    ledger, _ = app.state.door
    with TestClient(app, base_url="http://127.0.0.1:8750", follow_redirects=False) as asking:
        let_in(asking, "matrix_boss", "administrator")
        asking.cookies.clear()
        until = sessions_until()
        token = sessions.new_token(
            ledger, "matrix_boss", actor="tester", label="", scopes=(permission,), until=until
        )
        bearer = {"authorization": f"Bearer {token}"}
        for route in ROUTES:
            answer = asking.get(path_of(route), headers=bearer)
            assert refused(answer.text) == (route.permission != permission), f"{permission} GET {route.path}"
        for form in FORMS:
            if form.permission != permission:
                assert asking.post(path_of(form), headers=bearer, data={}).status_code == 403, form.path


def sessions_until() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def test_a_token_and_a_key_session_do_not_mix(app: FastAPI) -> None:
    """A wrong token is refused, whatever cookie comes with it."""
    made = cookie_of(app, "http://127.0.0.1:8750")
    with TestClient(app, base_url="http://127.0.0.1:8750") as asking:
        asking.cookies.set(made["name"], made["value"])
        assert asking.get("/metrics", headers={"authorization": "Bearer ll_wrong"}).status_code == 401
