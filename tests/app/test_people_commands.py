"""`leadline people …` and `leadline access …`, as people and scripts use them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from leadline.app.cli.commands import app
from leadline.app.wiring import workspace
from leadline.errors import LeadlineError
from leadline.governance import accounts, passwords
from leadline.secret import Secret
from leadline.store.journal import verify
from tests.projects import write_project

pytestmark = pytest.mark.thorough

PASSWORD = "correct horse battery staple"  # noqa: S105 - of an account that lives as long as a test
DOCUMENTS = [
    {"kind": "unit", "name": "group", "children": [{"name": "north"}, {"name": "south"}]},
    {"kind": "fact", "name": "contact", "key": ["id"], "at": "at", "unit": "team", "columns": {
        "id": {"type": "text", "required": True}, "at": {"type": "instant", "required": True},
        "team": {"type": "unit"}}},
    {"kind": "metric", "name": "contacts", "type": "count", "of": "contact", "sensitivity": "confidential"},
    {"kind": "source", "name": "log", "fact": "contact", "files": "*.csv", "format": "csv"},
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("LEADLINE_LEDGER", raising=False)
    return write_project(tmp_path / "acme", DOCUMENTS, {})


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project whose ledger stands in either database."""
    if request.param == "sqlite":
        yield folder
        return
    with request.getfixturevalue("postgresql").database() as url:
        monkeypatch.setenv("LEADLINE_LEDGER", url)
        yield folder


def begin(root: Path) -> None:
    """Make whoever runs the tests administrator: from the first account on, commands need one."""
    run(root, "people", "add", "boss", "--role", "administrator", "--no-password")
    run(root, "people", "os-user", "boss")


def run(root: Path, *words: str, code: int = 0, typed: str = "") -> str:
    done = CliRunner().invoke(app, ["--project", str(root), *words], input=typed)
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


def refused(root: Path, *words: str, typed: str = "") -> str:
    done = CliRunner().invoke(app, ["--project", str(root), *words], input=typed)
    assert isinstance(done.exception, LeadlineError), (done.output, done.exception)
    assert PASSWORD not in f"{done.output}{done.exception}"
    return done.exception.code


def said(root: Path, name: str) -> dict[str, object]:
    return next(one for one in json.loads(run(root, "people", "list", "--json")) if one["name"] == name)


def test_an_account_from_its_beginning_to_its_lock(either: Path) -> None:
    assert "There are no accounts" in run(either, "people", "list")
    begin(either)
    added = run(either, "people", "add", "anna", "--title", "Anna Okafor", "--role", "analyst", "--unit", "north",
                "--is", "agent=A17", typed=f"{PASSWORD}\n")  # fmt: skip
    assert added.splitlines()[0] == "anna has an account and is analyst."
    found = said(either, "anna")
    assert (found["title"], found["attributes"], found["links"]) == ("Anna Okafor", {"agent": "A17"}, [])
    assert str(found["roles"]).startswith("['role analyst for north and below, granted by ")
    run(either, "people", "grant", "anna", "viewer", "--until", "2001-01-01")
    assert "it held until 2001-01-01" in run(either, "people", "list")
    run(either, "people", "revoke", "anna", "analyst", "--unit", "north")
    run(either, "people", "describe", "anna", "agent=")
    assert (said(either, "anna")["roles"], said(either, "anna")["attributes"]) == ([], {})
    run(either, "people", "password", "anna", typed="another one that is long\n")
    run(either, "people", "lock", "anna", "--because", "left")
    assert said(either, "anna")["locked"] == "left"
    assert "can sign in again" in run(either, "people", "lock", "anna", "--open")
    with workspace(either) as space, space.ledger.read() as reader:
        (kept,) = accounts.live(reader, accounts.account(reader, "anna"), "password")
        assert passwords.holds(Secret("another one that is long"), kept.secret)
        assert verify(reader) == []
        told = "".join(f"{row.before}{row.after}" for row in reader.journal(None))
    assert PASSWORD not in told
    assert "another one that is long" not in told


def test_what_cannot_be_is_refused_by_name(folder: Path) -> None:
    begin(folder)
    run(folder, "people", "add", "anna", "--no-password")
    assert refused(folder, "people", "add", "anna", "--no-password") == "person-taken"
    assert refused(folder, "people", "add", "Anna Okafor", "--no-password") == "person-name"
    assert refused(folder, "people", "add", "ben", typed="short\n") == "password"
    assert refused(folder, "people", "add", "ben", typed="") == "password"
    assert refused(folder, "people", "add", "ben", "--role", "king", typed=f"{PASSWORD}\n") == "unknown-role"
    assert (
        refused(folder, "people", "add", "ben", "--role", "viewer", "--unit", "moon", typed=f"{PASSWORD}\n")
        == "unknown-unit"
    )
    assert [one["name"] for one in json.loads(run(folder, "people", "list", "--json"))] == ["boss", "anna"], (
        "nothing by halves"
    )
    assert refused(folder, "people", "grant", "anna", "king") == "unknown-role"
    assert refused(folder, "people", "grant", "anna", "viewer", "--unit", "moon") == "unknown-unit"
    assert refused(folder, "people", "grant", "anna", "viewer", "--until", "soon") == "usage"
    assert refused(folder, "people", "grant", "nobody", "viewer") == "unknown-person"
    assert refused(folder, "people", "revoke", "anna", "viewer") == "not-granted"
    assert refused(folder, "people", "describe", "anna", "agent") == "usage"
    assert refused(folder, "people", "lock", "nobody") == "unknown-person"
    assert refused(folder, "people", "token", "anna", "--scope", "everything") == "token-scope"
    assert refused(folder, "people", "token", "nobody", "--scope", "metrics:*:read") == "unknown-person"
    run(folder, "people", "token", "anna", "--scope", "metrics:*:read", "--days", "0", code=2)


def test_a_token_is_shown_once(folder: Path) -> None:
    begin(folder)
    run(folder, "people", "add", "anna", "--no-password")
    shown = run(folder, "people", "token", "anna", "--scope", "metrics:figure:read", "--label", "robot")
    token = shown.strip().splitlines()[-1]
    assert token.startswith("ll_")
    with workspace(folder) as space, space.ledger.read() as reader:
        assert token not in "".join(f"{row.after}" for row in reader.journal(None))
        (kept,) = reader.people.credentials("anna", kind="token")
    assert kept.secret != token


def test_access_is_explained(either: Path) -> None:
    begin(either)
    run(either, "people", "add", "anna", "--role", "viewer", "--unit", "north", "--no-password")
    may = run(either, "access", "explain", "anna", "metrics:metric:read", "--unit", "north")
    assert may.startswith("anna may metrics:metric:read in north: role viewer for north and below")
    not_ = run(either, "access", "explain", "anna", "metrics:metric:read", "--unit", "south", code=1)
    assert "does not reach south" in not_
    (figures, metric) = json.loads(run(either, "access", "explain", "anna", "contacts", "--json"))
    assert (figures["permission"], figures["sensitivity"], figures["decision"]["allowed"]) == (
        "metrics:figure:read", "confidential", False,
    )  # fmt: skip
    assert "up to internal" in figures["decision"]["why"]
    assert metric["decision"]["allowed"] is True
    source = run(either, "access", "explain", "anna", "source log")
    assert "anna may not ingest:row:read" in source
    assert "anna may catalog:definition:read" in source
    run(either, "people", "lock", "anna", "--because", "left")
    assert "the account is locked: left" in run(either, "access", "explain", "anna", "contacts", code=1)
    assert refused(either, "access", "explain", "nobody", "contacts") == "unknown-person"
    assert refused(either, "access", "explain", "anna", "nothing such") == "unknown-object"
    assert refused(either, "access", "explain", "anna", "contacts", "--unit", "moon") == "unknown-unit"


def test_roles_are_listed(folder: Path) -> None:
    roles = {one["name"]: one for one in json.loads(run(folder, "access", "roles", "--json"))}
    assert set(roles) >= {"viewer", "analyst", "kpi_owner", "steward", "team_lead", "board_member", "auditor"}
    assert "auditor" in run(folder, "access", "roles")


def test_a_company_account_is_linked_and_taken_away(folder: Path) -> None:
    begin(folder)
    run(folder, "people", "add", "anna", "--no-password")
    run(folder, "people", "add", "ben", "--no-password")
    assert refused(folder, "people", "link", "anna", "u-17") == "no-sign-in"
    assert refused(folder, "people", "link", "anna", "root", "--issuer", "this machine") == "usage"
    run(folder, "people", "link", "anna", "u-17", "--issuer", "https://login.example.com")
    assert said(folder, "anna")["links"] == [{"issuer": "https://login.example.com", "subject": "u-17"}]
    again = ("people", "link", "ben", "u-17", "--issuer", "https://login.example.com")
    assert refused(folder, *again) == "link-taken"
    assert refused(folder, *again, "--remove") == "not-linked"
    run(folder, "people", "link", "anna", "u-17", "--issuer", "https://login.example.com", "--remove")
    run(folder, *again)
    assert said(folder, "ben")["links"] == [{"issuer": "https://login.example.com", "subject": "u-17"}]


def test_a_company_that_cannot_be_reached_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(folder, "access", "company") == "no-sign-in"
    file = folder / "leadline.yaml"
    first, *rest = yaml.safe_load_all(file.read_text())
    first["sign_in"] = {"issuer": "http://127.0.0.1:9", "client": "leadline", "secret": "acme"}
    file.write_text(yaml.safe_dump_all([first, *rest], sort_keys=False))
    assert refused(folder, "access", "company") == "no-secret"
    monkeypatch.setenv("LEADLINE_SECRET_ACME", "very secret words")
    assert refused(folder, "access", "company") == "company-down"
    first["sign_in"]["roles"] = [
        {"group": "a", "role": "king"},
        {"group": "a", "role": "viewer", "unit": "moon"},
    ]
    file.write_text(yaml.safe_dump_all([first, *rest], sort_keys=False))
    found = json.loads(run(folder, "check", "--json", code=1))
    assert {"unknown-role", "unknown-unit"} <= {one["code"] for one in found["problems"]}
