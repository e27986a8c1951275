"""Each template, copied into a fresh project and pointed at a server on this machine, gives the facts it must.

The server answers as the system documents (faces.py) and holds what a file of the system's name says; that file also
says which facts must come. It is met on a bad day: throttled, cut off, failing, its tokens expired.
"""

import json
import sys
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlglot import exp

from leadline.app.cli import main
from leadline.app.wiring import workspace
from leadline.catalog import load
from leadline.ingest import templates
from leadline.ingest.landing.api import waiting
from leadline.store.engine import Relation, ValueType
from tests.ingest.api.server import Fault, serving
from tests.ingest.systems.desks import DESKS
from tests.ingest.systems.faces import FACES as OTHERS
from tests.ingest.systems.surveys import SURVEYS
from tests.projects import write_project

FILES = Path(__file__).parent
FACES = OTHERS | DESKS | SURVEYS
BAD_DAY = (
    Fault("status", status=429, headers={"Retry-After": "1"}), Fault("cut", after=2), Fault("garbage", after=1),
    Fault("status", status=503, after=1), Fault("hang-up"),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting takes no time; how long it would take is tested in test_walk.py."""
    monkeypatch.setattr(waiting.Real, "wait", lambda _, seconds, heed: heed() if seconds >= 0 else None)


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., str]:
    def run(*words: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["leadline", "--project", str(tmp_path / "project"), *words])
        ended = 0
        try:
            main()
        except SystemExit as end:
            ended = int(end.code or 0)
        said = capsys.readouterr()
        assert ended == code, said
        return said.out + said.err

    write_project(tmp_path / "project", [{"kind": "project"}], {})
    return run


def holds(system: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FILES / f"{system}.yaml").read_text("utf-8"))
    for (
        name,
        given,
    ) in found.items():  # `{times: 230, like: {id: 1 …}}` is so many records alike but for their ids
        if isinstance(given, dict) and "times" in given:
            found[name] = [{**given["like"], "id": given["like"]["id"] + n} for n in range(given["times"])]
    return found


def changed(before: dict[str, Any]) -> dict[str, Any]:
    """What the system holds later: records of the same id replaced, new ones added."""
    now = dict(before)
    for name, rows in before.get("later", {}).items():
        mark = next(m for m in ("id", "Id", "sys_id", "responseId") if m in rows[0])
        ids = {row[mark] for row in rows}
        now[name] = [row for row in before[name] if row[mark] not in ids] + rows
    return now


def facts(root: Path, fact: str, columns: list[str]) -> list[dict[str, Any]]:
    """Give columns of all live rows of a fact, in the order of the first column."""
    catalog = load(root)
    types: dict[str, ValueType] = {
        name: "text" if column.type == "unit" else column.type
        for name, column in catalog.facts[fact].columns.items()
    }
    with workspace(root, actor="tester") as space:
        with space.ledger.read() as reader:
            live = [b.id for b in reader.live_batches() if b.fact == fact and b.rows_accepted]
        scan = space.engine.scan(
            [Relation("fact", fact, b) for b in live], {n: types[n] for n in columns}, "x"
        )
        table = space.engine.read(exp.select(*(exp.column(n, quoted=True) for n in columns)).from_(scan))
    return sorted(
        ({n: shown(v) for n, v in row.items()} for row in table.to_pylist()), key=lambda r: str(r[columns[0]])
    )


def shown(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


def compare(root: Path, expected: Mapping[str, list[dict[str, Any]]]) -> None:
    for fact, rows in expected.items():
        columns = list(dict.fromkeys(name for row in rows for name in row))
        found = facts(root, fact, columns)
        assert len(found) == len(rows), (fact, found)
        for have, want in zip(found, sorted(rows, key=lambda r: str(r[columns[0]])), strict=True):
            assert {n: pytest.approx(v) if isinstance(v, float) else v for n, v in want.items()} == {
                n: have[n] for n in want
            }, fact


@pytest.mark.slow
@pytest.mark.parametrize("system", FACES)
def test_a_template_gives_the_facts_it_must(
    system: str, run: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, held = tmp_path / "project", holds(system)
    now = dict(held)
    for name, value in held["secrets"].items():
        monkeypatch.setenv(f"LEADLINE_SECRET_{name.upper()}", value)
    faults = [Fault(f.kind, f.after, f.path, f.status, f.headers) for f in BAD_DAY]
    with serving(FACES[system](now), *faults) as server:
        server.date = "Mon, 02 Feb 2026 12:00:00 GMT"
        said = run("add", "source", system, "--url", server.base)
        assert all(name in said for name in held["secrets"])
        assert "0 errors" in run("check")
        told = [run("ingest")]
        compare(root, held["facts"])
        for fact, number in held.get("counts", {}).items():
            assert len(facts(root, fact, [f"{fact}_id"])) == number
        asked = len(server.calls)
        told.append(run("ingest", "--json"))
        assert sum(file["held"] for file in json.loads(told[-1])["files"] if file["outcome"] == "loaded") == 0
        compare(root, held["facts"])
        assert len(server.calls) - asked <= asked + len(faults)
        now.update(changed(held))
        told.append(run("ingest"))
        compare(root, held["facts"] | held.get("then", {}))
    assert all(fault.spent for fault in faults)
    for value in held["secrets"].values():
        assert value not in "".join(told)
        assert not any(
            value in path.read_text("utf-8", "replace") for path in root.rglob("*") if path.is_file()
        )
        assert all(value not in call.path + str(call.query) for call in server.calls)


@pytest.mark.slow
@pytest.mark.parametrize("system", templates.templates())
def test_a_template_checks_cleanly_in_a_fresh_project(system: str, run: Callable[..., str]) -> None:
    run("add", "source", system)
    assert "0 errors" in run("check")


def test_the_page_lists_every_template() -> None:
    page = (Path(__file__).parents[3] / "docs/how-to/use-a-template.md").read_text("utf-8")
    for system in templates.templates().values():
        documents = [d.data for d in system.documents(Path("x.yaml")) if d.kind == "source"]
        fills = ", ".join(dict.fromkeys(str(d["fact"]) for d in documents))
        secrets = ", ".join(f"`{secret}`" for secret in system.secrets)
        assert not system.follows or f"- {system.title}: {system.follows}." in page
        assert f"| `{system.name}` | {system.title} | {fills} | {secrets} |" in page
    assert page.count("\n| `") == len(templates.templates())
