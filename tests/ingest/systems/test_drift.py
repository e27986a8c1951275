"""A system that changes what it sends: a field comes, a field goes, a field becomes something else.

What is new changes no fact. What is gone or other is told by name, and no fact silently loses a value that it had.
"""

import base64
import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leadline.catalog import load
from leadline.catalog.definitions import Source
from tests.ingest.api.server import Call, Face, Reply, serving
from tests.ingest.systems.test_systems import FACES, _hurried, compare, facts, holds, run

__all__ = ["_hurried", "run"]

Change = Callable[[dict[str, Any], str], None]


def comes(record: dict[str, Any], _: str) -> None:
    record["zz_new"] = {"of": "tomorrow"}


def goes(record: dict[str, Any], field: str) -> None:
    record.pop(field, None)


def becomes(record: dict[str, Any], field: str) -> None:
    if field in record:
        record[field] = {"value": record[field]}


def drifting(face: Face, change: Change, key: str, field: str) -> Face:
    """Answer as a face does, with a change in every record that has the key's field."""

    def walked(value: Any) -> Any:
        if isinstance(value, list):
            return [walked(one) for one in value]
        if isinstance(value, str) and len(value) > 40:
            return packed(value)
        if not isinstance(value, dict):
            return value
        made = {name: walked(one) for name, one in value.items()}
        if key in made and len(made) > 3:
            change(made, field)
        return made

    def packed(text: str) -> str:
        """Change what is JSON in base64, as LimeSurvey sends it."""
        try:
            inner = json.loads(base64.b64decode(text, validate=True))
        except ValueError:
            return text
        return base64.b64encode(json.dumps(walked(inner)).encode()).decode()

    def answer(call: Call) -> Reply:
        reply = face(call)
        return replace(reply, body=walked(reply.body)) if isinstance(reply.body, dict | list) else reply

    return answer


def at_stake(source: Source, root: Path) -> tuple[str, str] | None:
    """Give the field that tells a source's records apart, and one from which its fact's instant is read."""
    fact = load(root).facts[source.fact]
    said = source.columns.get(fact.at or "", "")
    found = re.search(r"instant\(\"?([A-Za-z_]+)\"?\)", said)
    if found is None or "__" in found[1] or source.lands is None or not source.lands.record_key:
        return None
    return source.lands.record_key[0], found[1]


@pytest.mark.slow
@pytest.mark.parametrize("system", FACES)
def test_what_changes_is_told_and_no_value_is_lost_silently(
    system: str, run: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, held = tmp_path / "project", holds(system)
    for name, value in held["secrets"].items():
        monkeypatch.setenv(f"LEADLINE_SECRET_{name.upper()}", value)
    with serving(FACES[system](dict(held))) as server:
        server.date = "Mon, 02 Feb 2026 12:00:00 GMT"
        run("add", "source", system, "--url", server.base)
        before = held_rows(run("ingest", "--json"))
        compare(root, held["facts"])
        sources = load(root).sources
        chosen = {name: found for name, one in sources.items() if (found := at_stake(one, root))}
        key, field = next(iter(chosen.values()), ("id", "created_at"))
        plain = server.face
        server.face = drifting(plain, comes, key, field)
        run("fetch", "--anew")
        assert held_rows(run("ingest", "--json")) == before
        compare(root, held["facts"])
        for change in (goes, becomes):
            for name, (key, field) in [*chosen.items()][:1]:
                server.face = drifting(plain, change, key, field)
                told = fetched_anew(run, name)
                file = [f for f in told["files"] if f["source"] == name]
                loud = [f for f in file if f["outcome"] == "refused" or f["held"]]
                failed = [f for f in told["fetched"] if f["source"] == name and f["error"]]
                assert loud or failed, (name, change.__name__, file)
                assert field in json.dumps(told) or any(f["held"] for f in file), (name, field)
                nothing_lost(root, sources[name].fact, held["facts"])
        server.face = plain
        run("fetch", "--anew")
        run("ingest")
        compare(root, held["facts"])


def held_rows(said: str) -> int:
    """Give how many rows are held in all."""
    number: int = json.loads(said)["live"]["held"]
    return number


def fetched_anew(run: Callable[..., str], name: str) -> dict[str, Any]:
    """Fetch a source anew, and load it."""
    with suppress(AssertionError):  # it may end with an error
        run("fetch", name, "--anew")
    said: dict[str, Any] = json.loads(run("ingest", "--source", name, "--json"))
    return said


def nothing_lost(root: Path, fact: str, expected: dict[str, list[dict[str, Any]]]) -> None:
    """See that each row that counts is one that was there, with the values that it had."""
    rows = expected.get(fact, [])
    columns = list(dict.fromkeys(name for row in rows for name in row))
    if columns:
        for have in facts(root, fact, columns):
            assert any(all(have[n] == pytest.approx(v) if isinstance(v, float) else have[n] == v
                           for n, v in row.items()) for row in rows), have  # fmt: skip
