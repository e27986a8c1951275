"""Signing in by the company: through a certified provider that the test starts."""

from datetime import timedelta
from pathlib import Path

import pytest

from leadline.app.company.provider import Provider
from leadline.errors import AccessError
from leadline.governance import accounts
from leadline.governance.accounts import COMPANY
from leadline.secret import Secret
from leadline.store.journal import verify
from leadline.store.ledger import Ledger
from tests.web import company_signs_in as company
from tests.web.company_signs_in import Pages, Watch, account_of, rules, told
from tests.web.door import LOCAL

PASSWORD = "correct horse battery staple"  # noqa: S105 - of an account that lives as long as a test


def test_somebody_of_the_company_comes_in_with_the_roles_of_their_groups(
    running: company.Running, pages: Pages, ledger: Ledger
) -> None:
    running.people()
    asking = pages(running.issuer)
    door = asking.get("/sign-in?then=/metrics").text
    assert "Sign in with Acme login" in door
    came = company.through(asking, "u-17", "/metrics?q=nps")
    assert (came.status_code, came.headers["location"]) == (303, "/metrics?q=nps")
    assert asking.get("/metrics").status_code == 503, "signed in; nothing is published"
    anna = account_of(ledger, "anna")
    assert (anna.title, anna.links) == ("Anna Okafor", frozenset({(running.issuer, "u-17")}))
    assert [(g.role, g.unit, g.by) for g in anna.grants] == [("analyst", None, COMPANY)]
    with ledger.read() as reader:
        assert [one.how for one in reader.people.sessions("anna")] == ["company"]
        assert verify(reader) == []


@pytest.mark.thorough
def test_roles_follow_the_groups_at_each_sign_in_and_the_journal_says_so(
    running: company.Running, pages: Pages, ledger: Ledger, watch: Watch
) -> None:
    asking = pages(running.issuer)
    running.people()
    company.through(asking, "u-17")
    with ledger.write(actor="olga") as writer:
        accounts.grant(writer, "anna", "viewer", known=["viewer"])
    running.people(u_17={**company.PEOPLE["u-17"], "groups": ["lead", "others"]})
    company.through(asking, "u-17")
    held = [(g.role, g.unit, g.by) for g in account_of(ledger, "anna").grants]
    assert held == [("viewer", None, "olga"), ("team_lead", "north", COMPANY)], "what a person gave stays"
    changes = [one for one in told(ledger, "change_person") if one["person"] == "anna"]
    assert [(one["verb"], one["actor"], one["said"].get("because")) for one in changes] == [
        ("added", COMPANY, None),
        ("linked", COMPANY, None),
        ("granted", COMPANY, "group kpi"),
        ("granted", "olga", None),
        ("revoked", COMPANY, "the company's groups bring it no longer"),
        ("granted", COMPANY, "group lead"),
    ]
    company.through(asking, "u-17")
    assert len([one for one in told(ledger, "change_person") if one["person"] == "anna"]) == 6, (
        "nothing new, nothing said"
    )
    (lead,) = [g for g in account_of(ledger, "anna").grants if g.source == COMPANY]
    assert lead.until is not None
    assert timedelta(29) <= lead.until - watch.now().date() <= timedelta(30), (
        "it ends when nobody comes to confirm it"
    )
    running.people()


@pytest.mark.thorough
@pytest.mark.parametrize("algorithm", ["ES256", "PS256"])
def test_other_algorithms_of_the_list_count(tmp_path: Path, pages: Pages, algorithm: str) -> None:
    with company.provider(tmp_path, algorithm=algorithm, conform=False) as other:
        assert company.through(pages(other.issuer), "u-17").status_code == 303
        refused = company.through(pages(other.issuer, algorithms=["RS256"]), "u-17")
        assert refused.status_code == 403
        assert "company-token" in refused.text


def test_nobody_is_linked_by_a_name_or_an_address(
    running: company.Running, pages: Pages, ledger: Ledger
) -> None:
    running.people()
    with ledger.write(actor="setup") as writer:
        accounts.add(writer, "anna", title="Anna Okafor")
        accounts.grant(writer, "anna", "administrator", known=["administrator"])
        accounts.add(writer, "anna@example.com")
    asking = pages(running.issuer)
    refused = company.through(asking, "u-17")
    assert refused.status_code == 403
    assert "company-taken" in refused.text
    assert asking.get("/metrics").status_code == 303, "nobody came in"
    with ledger.write(actor="olga") as writer:
        accounts.link(writer, "anna", running.issuer, "u-17")
        with pytest.raises(AccessError, match="signs in as 'anna'"):
            accounts.link(writer, "olga", running.issuer, "u-17")
    assert company.through(asking, "u-17").status_code == 303
    assert {g.role for g in account_of(ledger, "anna").grants} == {"administrator", "analyst"}


@pytest.mark.thorough
def test_where_only_known_accounts_come_in_a_stranger_is_told_who_they_are(
    running: company.Running, pages: Pages, ledger: Ledger
) -> None:
    running.people()
    asking = pages(running.issuer, accounts="known")
    refused = company.through(asking, "u-18")
    assert refused.status_code == 403
    assert "u-18" in refused.text
    assert "company-unknown" in refused.text
    assert told(ledger, "sign_in_failed")[-1]["code"] == "company-unknown"
    with ledger.read() as reader:
        assert set(accounts.accounts(reader)) == {"olga"}
    with ledger.write(actor="olga") as writer:
        accounts.link(writer, "olga", running.issuer, "u-18")
    assert company.through(asking, "u-18").status_code == 303


def test_a_locked_account_is_refused_and_gets_no_role(
    running: company.Running, pages: Pages, ledger: Ledger
) -> None:
    asking = pages(running.issuer)
    running.people()
    company.through(asking, "u-17")
    with ledger.write(actor="olga") as writer:
        accounts.lock(writer, "anna", "left the company")
    running.people(u_17={**company.PEOPLE["u-17"], "groups": ["lead"]})
    refused = company.through(asking, "u-17")
    assert refused.status_code == 403
    assert "company-locked" in refused.text
    assert {g.role for g in account_of(ledger, "anna").grants} == {"analyst"}
    assert asking.get("/metrics").status_code == 303
    running.people()


def test_unlinking_ends_what_the_company_brought(
    running: company.Running, pages: Pages, ledger: Ledger
) -> None:
    asking = pages(running.issuer)
    running.people()
    company.through(asking, "u-17")
    with ledger.write(actor="olga") as writer:
        accounts.unlink(writer, "anna", running.issuer, "u-17")
    assert account_of(ledger, "anna").grants == ()
    assert asking.get("/metrics").status_code == 303
    assert "company-taken" in company.through(asking, "u-17").text


def test_an_answer_that_this_browser_did_not_ask_for_opens_nothing(
    running: company.Running, pages: Pages
) -> None:
    asking, other = pages(running.issuer), pages(running.issuer)
    running.people()
    place = company.ours(company.walk(company.begun(asking), "u-17"))
    said = company.query(place)
    assert "company-state" in other.get(place).text, "a browser that began nothing"
    company.begun(other)
    assert "company-state" in other.get(place).text, "one that began something else"
    for state in ("", "x", "é"):
        company.begun(other)
        assert other.get("/sign-in/company/back", params={**said, "state": state}).status_code == 403
    assert other.get("/metrics").status_code == 303
    assert asking.get(place).status_code == 303, "the one whose it is"
    assert "company-state" in asking.get(place).text, "and once"


def test_a_code_of_another_sign_in_is_refused(running: company.Running, pages: Pages) -> None:
    """Somebody has the victim's browser answer with a code of theirs: the verifier is another one."""
    asking, other = pages(running.issuer), pages(running.issuer)
    running.people()
    mine, theirs = (company.query(company.walk(company.begun(one), "u-17")) for one in (asking, other))
    mixed = asking.get("/sign-in/company/back", params={**mine, "code": theirs["code"]})
    assert mixed.status_code == 403
    assert "company-answer" in mixed.text


@pytest.mark.parametrize(
    "said",
    [
        {"error": "access_denied"},
        {"error": "<script>alert(1)</script>"},
        {"code": ""},
        {"iss": "https://evil.example"},
    ],
)
def test_what_the_company_refuses_is_named(
    running: company.Running, pages: Pages, said: dict[str, str]
) -> None:
    asking = pages(running.issuer)
    state = company.query(company.begun(asking))["state"]
    refused = asking.get(
        "/sign-in/company/back", params={"state": state, "code": "x", "iss": running.issuer, **said}
    )
    assert refused.status_code == 403
    assert "<script>" not in refused.text
    assert ("company-answer" if "iss" in said else "company-refused") in refused.text


@pytest.mark.thorough
def test_a_company_that_is_down_is_named_and_the_door_stays_open(pages: Pages) -> None:
    asking = pages("http://127.0.0.1:9")
    down = asking.get("/sign-in/company?then=/metrics")
    assert down.status_code == 503
    assert "company-down" in down.text
    assert "Acme login cannot be reached" in down.text
    token = down.text.split('name="token" value="')[1].split('"')[0]
    form = {"token": token, "name": "olga", "password": PASSWORD, "then": "/metrics"}
    assert asking.post("/sign-in", data=form).headers["location"] == "/metrics"


def test_signing_out_offers_to_sign_out_there_too(running: company.Running, pages: Pages) -> None:
    asking = pages(running.issuer)
    running.people()
    company.through(asking, "u-17")
    from leadline.governance.sessions import form_token

    token = form_token(asking.cookies["leadline_session_8750"])
    out = asking.post("/sign-out", data={"token": token})
    assert out.headers["location"] == "/sign-in?out=company"
    assert "Sign out of Acme login too" in asking.get("/sign-in?out=company").text
    there = company.query(asking.get("/sign-in/company/out").headers["location"])
    assert there == {"client_id": "leadline", "post_logout_redirect_uri": f"{LOCAL}/sign-in"}
    assert "too" not in asking.get("/sign-in").text


def test_the_secret_and_the_tokens_are_nowhere(
    running: company.Running, pages: Pages, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    asking = pages(running.issuer)
    running.people()
    with caplog.at_level("DEBUG"):
        place = company.walk(company.begun(asking), "u-17")
        asking.get(company.ours(place))
    with ledger.read() as reader:
        said = "".join(f"{row.subject}{row.before}{row.after}" for row in reader.journal(None))
    for secret in (company.SECRET, company.query(place)["code"]):
        assert secret not in said
    assert company.SECRET not in caplog.text
    assert company.SECRET not in repr(Provider(rules(running.issuer), Secret(company.SECRET)))
