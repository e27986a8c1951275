"""Commands run for somebody: each names its permission, shows what its viewer may see, and tells what it showed."""

import ast
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer.main

from leadline.app import acting
from leadline.app.cli import main
from leadline.app.cli.commands import app
from leadline.app.cli.opening import BY_OWNER, _admitted, run_by
from leadline.app.cli.permissions import COMMANDS, Need
from leadline.app.personal import SEEN
from leadline.app.refresh import refresh
from leadline.app.wiring import Workspace, workspace
from leadline.catalog.permissions import FILES, OPEN, PERMISSIONS, matching
from leadline.catalog.roles import standard
from leadline.errors import AccessError
from leadline.governance import accounts, sessions
from tests.projects import LATER, quiet, write_project

DOCUMENTS = [
    {"kind": "project", "title": "A test", "time_zone": "UTC", "scorecard": "card"},
    {"kind": "unit", "name": "all_teams", "children": [{"name": "red"}, {"name": "blue"}]},
    {"kind": "fact", "name": "answer", "key": ["id"], "at": "at", "unit": "team", "columns": {
        "id": {"type": "text", "required": True}, "at": {"type": "instant", "required": True}, "team": {"type": "unit"},
        "score": {"type": "integer", "minimum": 0, "maximum": 10}, "channel": {"type": "text"},
        "customer_id": {"type": "text", "references": "customer"}}},
    {"kind": "source", "name": "answers", "fact": "answer", "files": "answers.csv"},
    {"kind": "fact", "name": "log", "key": ["id"], "at": "at", "unit": "team", "columns": {
        "id": {"type": "text", "required": True}, "at": {"type": "instant", "required": True},
        "team": {"type": "unit"}}},
    {"kind": "source", "name": "logs", "fact": "log", "files": "log.csv"},
    {"kind": "source", "name": "customers", "fact": "customer", "files": "customers.csv"},
    {"kind": "identity", "name": "who", "of": "customer", "at_most": 2,
     "values": {"email": {"of": "email", "as": "email"}}, "same": [{"name": "email", "values": ["email"]}]},
    {"kind": "metric", "name": "nps", "type": "balance", "of": "answer", "plus": "score >= 9", "minus": "score <= 6",
     "by": ["channel"], "direction": "higher", "owner": "cx"},
    {"kind": "metric", "name": "secret", "type": "count", "of": "answer", "owner": "cx",
     "sensitivity": "confidential"},
    {"kind": "metric", "name": "answered", "type": "count", "of": "answer", "owner": "cx"},
    {"kind": "metric", "name": "logged", "type": "count", "of": "log", "owner": "cx"},
    {"kind": "reconciliation", "name": "both", "left": "logged", "right": "answered", "key": ["id"],
     "tolerance": {"relative": "1 %"}, "owner": "cx"},
    {"kind": "detector", "name": "flood", "of": "answer", "type": "repeated", "same": ["customer_id"], "per": "day",
     "at_most": 2, "where": "customer_id = 'a'"},
    {"kind": "objective", "name": "loyal"},
    {"kind": "scorecard", "name": "card", "perspectives": [{"name": "customer", "objectives": [
        {"objective": "loyal", "measures": [{"metric": "nps", "red_flag": 0, "goal": 30}]}]}]},
]  # fmt: skip
Run = Callable[..., tuple[str, str]]
SHOWING = {
    "plan": [("plan", "--backtest", "--json")],
    "ingest": [("ingest",)],
    "refresh": [("refresh",)],
    "quarantine list": [("quarantine", "list"), ("quarantine", "list", "--rows", "--json")],
    "quarantine export": [("quarantine", "export"), ("quarantine", "export", "--to", "{tmp}/held.csv")],
    "exclusions": [("exclusions",), ("exclusions", "--rows")],
    "identity review": [("identity", "review")],
    "identity show": [("identity", "show", "a", "b")],
    "identity decisions": [("identity", "decisions")],
    "identity log": [("identity", "log")],
    "reconcile": [("reconcile", "both", "--rows", "--period", "2026-01")],
}
"""Of each command that can show personal data, the ways in which it does."""
WORDS = {"day": "2026-01-01", "goal": "5", "number": "1"}
ARGUMENTS = {
    "sunset": ("metric", "nps", "--on", "2026-01-01"),
    "export epm": ("out.csv",),
    "apply": ("--from-now",),
    "release": ("flood", "--reason", "x"),
    "exclude": ("flood", "--reason", "x"),
    "work attach": ("1", "leadline.yaml"),
    "work link": ("1", "metric:nps"),
    "what-if": ("card", "--set", "nps.weight=2"),
    "pack": ("card", "2026-01", "pack.pdf"),
}


def answers() -> str:
    rows = [
        f"{i},2026-01-{i % 28 + 1:02d}T10:00:00,{'red' if i % 2 else 'blue'},{3 if i % 3 == 0 else 10},"
        f"{'phone' if i % 4 else 'chat'},{'abcd'[i % 4]}\n"
        for i in range(60)
    ]
    rows += [f"x{i},2026-01-05T10:0{i}:00,red,9,phone,a\n" for i in range(5)]
    rows += [
        "bad,2026-01-05T10:00:00,red,99,phone,a\n",
        "lost,2026-01-05T10:00:00,red,9,phone,nobody\n",
        "late,2026-02-02T10:00:00,red,9,phone,b\n",
    ]
    return "id,at,team,score,channel,customer_id\n" + "".join(rows)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company in which there is something personal behind every command that shows such data."""
    log = "id,at,team\n" + "".join(
        f"{i},2026-{'01' if i < 28 else '02'}-{i % 28 + 1:02d}T10:00:00,red\n" for i in range(30)
    )
    files = {
        "answers.csv": answers(), "log.csv": log,
        "customers.csv": "customer_id,email,name\na,x@x,Ana\nb,x@x,Ana\nc,x@x,Bo\nd,y@y,Cem\ne,y@y,Cem\nf,y@y,Di\n",
    }  # fmt: skip
    root = write_project(tmp_path_factory.mktemp("acting") / "p", DOCUMENTS, files)
    with workspace(root, actor="tester") as space:
        refresh(space, LATER, quiet)
        with space.ledger.write(actor="tester") as writer:
            for role in standard():
                accounts.add(writer, role)
                accounts.grant(writer, role, role, known=standard())
            accounts.add(writer, "nobody_yet")
            accounts.add(writer, "red_lead")
            accounts.grant(writer, "red_lead", "team_lead", unit="red", known=standard())
    return root


@pytest.fixture
def space(built: Path) -> Iterator[Workspace]:
    with workspace(built, actor="tester") as opened:
        yield opened


@pytest.fixture
def run(built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command as an account, by a token of its own that may do all that the account may."""

    def run(name: str, *arguments: str, code: int = 0) -> tuple[str, str]:
        with workspace(built, actor="tester") as space:
            until = datetime.now(UTC) + timedelta(hours=1)
            token = sessions.new_token(
                space.ledger, name, actor=name, label="", scopes=("*:*:*",), until=until
            )
        monkeypatch.setenv("LEADLINE_TOKEN", token)
        return ran(built, monkeypatch, capsys, *arguments, code=code)

    return run


def ran(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *arguments: str,
    code: int = 0,
) -> tuple[str, str]:
    monkeypatch.setattr(sys, "argv", ["leadline", "--project", str(root), *arguments])
    ended: object = 0
    try:
        main()
    except SystemExit as end:
        ended = end.code or 0
    said = capsys.readouterr()
    assert ended == code, (arguments, said)
    return said.out, said.err


def every() -> Iterator[tuple[str, Any]]:
    """Walk the commands of the app."""

    def walk(words: tuple[str, ...], one: Any) -> Iterator[tuple[str, Any]]:
        if not hasattr(one, "commands"):  # typer's groups are click's or its own, by its version
            yield " ".join(words), one
            return
        if words and one.invoke_without_command:
            yield " ".join(words), one
        for name, below in one.commands.items():
            yield from walk((*words, name), below)

    yield from walk((), typer.main.get_command(app))


EVERY = dict(every())


def test_every_command_names_its_permission() -> None:
    """A new command without a line in the table fails here, and is refused to everybody."""
    assert set(EVERY) == set(COMMANDS)
    assert {need.permission for need in COMMANDS.values()} <= {*PERMISSIONS, OPEN, FILES}


@pytest.mark.thorough
def test_no_command_opens_a_project_by_itself() -> None:
    """`opened` alone opens one: whoever goes around it goes around the table."""
    folder = Path(acting.__file__).parent / "cli"
    found = {
        file.name
        for file in folder.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom)
        and node.module == "leadline.app.wiring"
        and any(alias.name == "workspace" for alias in node.names)
    }
    assert found == {"opening.py"}


def test_a_command_that_nobody_listed_is_refused(space: Workspace) -> None:
    with pytest.raises(AccessError, match="Nobody said"):
        _admitted(space, "brand new", None)


def arguments_of(name: str) -> tuple[str, ...]:
    given = tuple(
        WORDS.get(one.name or "", "nps")
        for one in EVERY[name].params
        if one.param_type_name == "argument" and one.required
    )
    options = tuple(
        part
        for one in EVERY[name].params
        if one.param_type_name == "option" and one.required
        for part in (one.opts[0], "x")
    )
    return (*name.split(), *(ARGUMENTS.get(name) or (*given, *options)))


@pytest.mark.thorough
@pytest.mark.parametrize(
    "name",
    [
        n
        for n, need in COMMANDS.items()
        if need.permission not in {FILES, OPEN} and n not in {"demo", *BY_OWNER}
    ],
)
def test_who_holds_nothing_may_run_nothing(run: Run, built: Path, name: str, monkeypatch) -> None:
    monkeypatch.chdir(built)
    said = run("nobody_yet", *arguments_of(name), code=1)[1]
    assert f"This needs the permission {COMMANDS[name].permission}" in said
    assert "[no-access]" in said
    assert "leadline people grant nobody_yet ROLE" in said


@pytest.mark.parametrize("role", sorted(standard()))
def test_each_role_runs_what_it_holds_and_nothing_else(
    space: Workspace, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acting, "machine_user", lambda: role)
    with space.ledger.write(actor="tester") as writer:
        accounts.stand_for(writer, role, role)
    person = acting.acting(space, datetime.now(UTC))
    assert person is not None
    held = {name for pattern in standard()[role].may for name in matching(pattern)}
    for name, need in COMMANDS.items():
        if need.permission in held | {OPEN}:
            assert run_by(space, person, need).actor == role, name
        elif need.permission != FILES:
            with pytest.raises(AccessError, match="This needs the permission"):
                run_by(space, person, need)


def test_a_command_over_all_units_is_not_for_who_holds_one(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acting, "machine_user", lambda: "red_lead")
    with space.ledger.write(actor="tester") as writer:
        accounts.stand_for(writer, "red_lead", "red_lead")
    person = acting.acting(space, datetime.now(UTC))
    assert person is not None
    assert run_by(space, person, Need("metrics:figure:read")).actor == "red_lead"
    with pytest.raises(AccessError, match="does not reach everywhere"):
        run_by(space, person, Need("metrics:figure:read", everywhere=True))


@pytest.mark.thorough
def test_figures_are_those_of_the_viewer(run: Run) -> None:
    rows = json.loads(run("red_lead", "query", "answered", "--unit", "red", "--json")[0])
    assert rows
    assert "[not-yours]" in run("red_lead", "query", "answered", "--unit", "blue", code=1)[1]
    assert "[not-yours]" in run("red_lead", "query", "answered", code=1)[1]
    assert '"not-yours"' in run("red_lead", "query", "answered", "--json", code=1)[0]
    units = {
        row["unit"]
        for row in json.loads(
            run("red_lead", "query", "answered", "--by-unit", "--unit", "all_teams", "--json")[0]
        )
    }
    assert units == {"red"}
    assert "[not-yours]" in run("viewer", "query", "secret", code=1)[1]
    assert run("analyst", "query", "secret")[0]
    assert "[not-yours]" in run("red_lead", "explain", "nps", "--period", "2026-01", code=1)[1]


@pytest.mark.thorough
@pytest.mark.parametrize("name", sorted(name for name, need in COMMANDS.items() if need.shows))
def test_what_is_shown_of_people_stands_in_the_journal(
    run: Run, space: Workspace, tmp_path: Path, name: str
) -> None:
    """Walked from the table: each command that can show personal data does, and tells who saw what of how many."""
    if name == "identity decisions":
        run("steward", "identity", "accept", "a", "b")
    if name == "identity log":
        run("steward", "identity", "accept", "d", "f")
        run("steward", "refresh")
    if name == "plan":
        file = space.root / "leadline.yaml"
        text = file.read_text()
        file.write_text(text.replace("score >= 9", "score >= 3"))
    if name in {"ingest", "refresh"}:
        file = space.root / "answers.csv"
        file.write_text(file.read_text() + f"{name},2026-01-05T10:00:00,red,9,phone,{name}\n")
    for given in SHOWING[name]:
        with space.ledger.read() as reader:
            before = len(reader.journal(limit=None, verb=SEEN))
        run("steward", *(one.format(tmp=tmp_path) for one in given))
        with space.ledger.read() as reader:
            rows = reader.journal(limit=None, verb=SEEN)
        assert len(rows) == before + 1, given
        said = json.loads(rows[0].after or "")
        assert rows[0].actor == "steward"
        assert said["subjects"] > 0
        assert said["purpose"]
        assert said["permission"] in {"ingest:row:read", "ingest:identity:read"}
    if name == "plan":
        file.write_text(text)


def test_the_table_of_what_shows_is_whole() -> None:
    assert set(SHOWING) == {name for name, need in COMMANDS.items() if need.shows}
