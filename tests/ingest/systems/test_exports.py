"""Each template of file exports, copied into a fresh project beside a small export, gives the facts it must."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlglot import exp

from leadline.app.cli import main
from leadline.app.wiring import workspace
from leadline.catalog import load
from leadline.store.engine import Relation, ValueType
from tests.projects import write_project

EXPORTS: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "exports.yaml").read_text("utf-8")
)


def written(export: dict[str, Any], names: list[str]) -> str:
    """Give an export's text: as it stands, one JSON object a line, or fields by tabs in the template's order."""
    if "text" in export:
        return str(export["text"])
    if "fields" in export:
        return "".join("\t".join(row.get(name, "") for name in names) + "\n" for row in export["fields"])
    return "".join(json.dumps(line) + "\n" for line in export["lines"])


def rows(root: Path, fact: str) -> list[dict[str, Any]]:
    """Give all live rows of a fact, in the order of its key; instants as texts."""
    definition = load(root).facts[fact]
    types: dict[str, ValueType] = {
        name: "text" if column.type == "unit" else column.type for name, column in definition.columns.items()
    }
    with workspace(root, actor="tester") as space:
        with space.ledger.read() as reader:
            live = [b.id for b in reader.live_batches() if b.fact == fact and b.rows_accepted]
        scan = space.engine.scan([Relation("fact", fact, b) for b in live], types, "x")
        found = space.engine.read(exp.select(*(exp.column(n, quoted=True) for n in types)).from_(scan))
    texts = [
        {n: v.isoformat() if hasattr(v, "isoformat") else v for n, v in row.items()}
        for row in found.to_pylist()
    ]
    return sorted(texts, key=lambda row: str(row[definition.key[0]]))


@pytest.mark.thorough
@pytest.mark.parametrize("name", EXPORTS)
def test_a_template_of_files_gives_the_facts_it_must(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    export, root = EXPORTS[name], write_project(tmp_path / "project", [{"kind": "project"}], {})

    def run(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["leadline", "--project", str(root), *words])
        ended: str | int | None = None
        try:
            main()
        except SystemExit as end:
            ended = end.code
        said = capsys.readouterr()
        assert not ended, said
        return said.out

    run("add", "source", name)
    (source,) = load(root).sources.values()
    file = root / export["file"]
    file.parent.mkdir(parents=True)
    file.write_text(written(export, list(source.header_names)), "utf-8")
    assert "0 errors" in run("check")
    live = json.loads(run("ingest", "--json"))["live"]
    held = export.get("held", 0)
    (expected,) = export["facts"].values()
    assert (live["accepted"], live["held"]) == (len(expected), held)
    found = rows(root, source.fact)
    for have, want in zip(found, expected, strict=True):
        assert {column: have[column] for column in want} == want
