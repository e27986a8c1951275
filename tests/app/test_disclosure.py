"""A disclosure holds one generation, can be checked file by file, and says who approved what is in force."""

import csv
import hashlib
import json
from pathlib import Path

import pytest

from leadline.app.disclosure.contents import disclosed
from leadline.app.disclosure.writing import write
from leadline.app.refresh import refresh
from leadline.app.wiring import open_published, workspace
from leadline.errors import QueryError, StoreError
from leadline.store.journal import head
from tests.app.test_change_control import DOCUMENTS, NOW, ROWS, edit, requested, step
from tests.projects import quiet, write_project

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose formula was changed by an approved request."""
    made = write_project(tmp_path_factory.mktemp("disclosed") / "p", DOCUMENTS, {"a.csv": ROWS})
    with workspace(made, actor="tester", clock=NOW) as space:
        refresh(space, NOW, quiet)
    edit(made, "score >= 5")
    number = requested(made).number
    for actor, name in (("ben", "submit"), ("ann", "approve"), ("dora", "approve"), ("ben", "apply")):
        step(made, number, actor, name)
    with workspace(made, actor="tester", clock=NOW) as space:
        refresh(space, NOW, quiet)
    return made


def test_every_file_is_named_with_its_hash_and_all_are_of_one_generation(root: Path, tmp_path: Path) -> None:
    with workspace(root, actor="auditor", clock=NOW) as space:
        published = open_published(space)
        manifest = write(disclosed(space, published, scorecard="card"), tmp_path / "out")
        with space.ledger.read() as reader:
            assert manifest["journal"] == dict(zip(("seq", "hash"), head(reader), strict=True))
    assert manifest["generation"] == published.generation.id
    there = {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert there == {*manifest["files"], "manifest.json"}
    for name, hashed in manifest["files"].items():
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == hashed
    assert (tmp_path / "out" / "disclosure.pdf").read_bytes()[:5] == b"%PDF-"
    told = json.loads((tmp_path / "out" / "disclosure.json").read_text())
    assert "change_request 1" in {row["request"] for row in told["approvals"]}
    assert {row["recomputed"] for row in told["figures"]} <= {"equal", "cannot tell", "suppressed", ""}
    with (tmp_path / "out" / "definitions.csv").open(newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert rows["csat"]["version"] == "2"
    assert (rows["csat"]["owners"], rows["csat"]["ownership"]) == ("ann", "declared")
    assert {"answer", "answers", "card"} <= rows.keys()
    assert "score >= 5" in (tmp_path / "out" / "definitions" / "metric-csat.yaml").read_text()
    html = (tmp_path / "out" / "disclosure.html").read_text()
    assert manifest["generation"] in html
    assert "<script" not in html


def test_nothing_is_written_over_and_nothing_unknown_is_disclosed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("x")
    with workspace(root, actor="auditor", clock=NOW) as space:
        published = open_published(space)
        with pytest.raises(StoreError, match="holds something"):
            write(disclosed(space, published, metrics=["csat"]), tmp_path / "out")
        with pytest.raises(QueryError, match="no metric 'csaat'"):
            disclosed(space, published, metrics=["csaat"])
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["mine"]
