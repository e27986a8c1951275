"""Every address asks for a permission that there is, and somebody has each: the table is walked, not listed here."""

import pytest

from leadline.app.web.routes import FORMS, ROUTES, Form, Route
from leadline.catalog.permissions import OPEN, OWN, PERMISSIONS, PERSONAL, matching
from leadline.catalog.roles import standard

EVERY = (*ROUTES, *FORMS)


@pytest.mark.parametrize("one", EVERY, ids=lambda one: f"{type(one).__name__} {one.path}")
def test_every_address_names_a_permission_that_there_is(one: Route | Form) -> None:
    assert one.permission in {*PERMISSIONS, OPEN, OWN}


def test_every_permission_is_held_by_a_role_besides_the_administrator() -> None:
    others = [role for role in standard().values() if role.name != "administrator"]
    held = {name for role in others for pattern in role.may for name in matching(pattern)}
    assert PERMISSIONS.keys() - held == {"governance:access:write"}


def test_personal_data_are_seen_by_few() -> None:
    seers = {
        role.name
        for role in standard().values()
        if PERSONAL & {name for pattern in role.may for name in matching(pattern)}
    }
    assert seers == {"steward", "auditor", "administrator"}


@pytest.mark.parametrize("pattern", ["", "*", "*:*", "metrics:figure", "metrics:figure:write", "anyone:*:*"])
def test_a_pattern_that_names_nothing_names_nothing(pattern: str) -> None:
    assert matching(pattern) == frozenset()
