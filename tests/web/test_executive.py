"""The executive page: what is off, how sure, since when, why, who acts and by when; customers beside money."""

import pytest
from starlette.testclient import TestClient

from leadline.app.wiring import Workspace
from tests.web.test_views import context


@pytest.mark.thorough
def test_the_gravest_stands_first_with_why_and_who(client: TestClient) -> None:
    page = context(client, "/executive?period=2026-01")
    first = page["matters"][0]
    assert first.deviation.metric.text == "Solved at once"
    assert first.deviation.since == "since October 2025"
    assert first.objective.text == "Problems are solved at once"
    assert [a.words for a in first.actions] == ["Training: people, until 31 Dec 2026"]
    (reason,) = first.reasons
    assert reason.words.startswith(
        "Solved at once fell to"
    )  # both units fell: none is worse than the whole for sure
    assert client.get(reason.href).status_code == 200
    assert page["sentence"].endswith("more at risk.")


def test_two_perspectives_stand_side_by_side(client: TestClient) -> None:
    sides = context(client, "/executive?period=2026-01")["sides"]
    assert [side.label for side in sides] == ["Customer", "Process"]
    assert {row.metric.text for row in sides[0].rows} == {"Solved at once", "Net promoter score"}


def test_unit_and_period_stay(client: TestClient) -> None:
    page = context(client, "/executive?period=2026-01&unit=north")
    assert all("unit=north" in one.href for one in page["period"].choices)
    assert page["scorecard"].href == "/?period=2026-01&unit=north"


def test_what_people_said_comes_first(space: Workspace, client: TestClient) -> None:
    said = {"cause": "The new script ends calls early.", "action": "Back to the old one."}
    with space.ledger.write(actor="ada") as writer:
        writer.commentary.comment("service", "2025-12", said, metric="resolved_rate")
    try:
        first = context(client, "/executive?period=2025-12")["matters"][0]
        assert (first.reasons[0].words, first.reasons[0].said_by) == (said["cause"], "ada")
        assert (first.actions[0].words, first.actions[0].said_by) == (said["action"], "ada")
    finally:
        with space.ledger.write(actor="ada") as writer:
            writer.commentary.comment("service", "2025-12", {}, metric="resolved_rate")
