"""What is in force comes into a folder: new clones, drifted ones, and edits that are nobody's to take away."""

import json
import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from leadline.app.cli.commands import app
from leadline.app.planning import planned
from leadline.app.pulling import pull, write
from leadline.catalog.plan import Effective
from leadline.errors import NothingPublished
from tests.governance.company import APRIL, DOCUMENTS, FILES, Company, company

RUN = CliRunner()


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company of which one metric has another version in force than its folder says, and one is retired."""
    made = company(tmp_path_factory.mktemp("pulled") / "p")
    made.edit("csat", when="score >= 3")
    made.apply(Effective("from_period", APRIL))
    made.refresh()
    made.edit("csat", when="score >= 2")
    made.apply(Effective("restating"))  # in force with the next refresh, which does not come
    return made.root


@pytest.fixture
def cx(ruled: Path, tmp_path: Path) -> Company:
    return Company(shutil.copytree(ruled, tmp_path / "p"), deepcopy(DOCUMENTS))


def pulled(cx: Company, *, overwrite: bool = False) -> dict[str, tuple[str, bool]]:
    with cx.open() as space, space.ledger.read() as reader:
        found = pull(cx.root, reader, cx.now, overwrite=overwrite)
    write(cx.root, found, cx.now)
    return {f"{one.kind} {one.name}".strip(): (one.what, one.left) for one in found.differences}


def changes(cx: Company) -> list[str]:
    with cx.open() as space:
        return [change.label for change in planned(space).changes]


def folder(root: Path) -> dict[str, bytes]:
    return {
        p.relative_to(root).as_posix(): p.read_bytes()
        for p in root.rglob("*.yaml")
        if ".leadline" not in p.parts
    }


@pytest.mark.thorough
def test_a_folder_that_says_what_is_in_force_is_not_touched(cx: Company) -> None:
    pulled(cx, overwrite=True)
    before = folder(cx.root)
    assert (pulled(cx, overwrite=True), folder(cx.root), changes(cx)) == ({}, before, [])


@pytest.mark.thorough
def test_an_old_clone_becomes_what_is_in_force_and_keeps_its_comments(cx: Company) -> None:
    file = cx.root / "leadline.yaml"
    cx.documents[:] = deepcopy(DOCUMENTS)  # csat as it was at first
    cx.write({})
    text = file.read_text("utf-8").replace("kind: unit\nname: south", "kind: unit  # the south\nname: south")
    file.write_text("# ours\n" + text, "utf-8")
    assert pulled(cx) == {"metric csat": ("drifted", False)}
    new = file.read_text("utf-8")
    assert new.startswith("# ours\n")
    assert "kind: unit  # the south" in new
    assert "score >= 2" in new
    assert changes(cx) == []


@pytest.mark.thorough
def test_an_edit_that_was_never_applied_is_left_and_said(cx: Company) -> None:
    pulled(cx)
    file = cx.root / "leadline.yaml"
    edited = file.read_text("utf-8").replace("score >= 2", "score >= 5")
    file.write_text(edited, "utf-8")
    (cx.root / "mine.yaml").write_text("kind: metric\nname: mine\ntype: count\nof: answer\n", "utf-8")
    said = RUN.invoke(app, ["--project", str(cx.root), "pull"])
    assert said.exit_code == 1
    assert "! leadline.yaml: metric csat was edited here and never applied: left as it is" in said.output
    assert "! mine.yaml: metric mine is nowhere but here: left as it is" in said.output
    assert file.read_text("utf-8") == edited
    told = RUN.invoke(app, ["--project", str(cx.root), "pull", "--overwrite", "--json"])
    found = json.loads(told.stdout)
    assert (cx.root / found["set_aside"] / "leadline.yaml").read_text("utf-8") == edited
    assert (cx.root / found["set_aside"] / "mine.yaml").is_file()
    assert not (cx.root / "mine.yaml").exists()
    assert changes(cx) == []


@pytest.mark.thorough
def test_a_new_clone_has_all_that_is_in_force(
    cx: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = tmp_path / "clone"
    clone.mkdir()
    refused = RUN.invoke(app, ["--project", str(clone), "pull"])
    assert (
        getattr(refused.exception, "code", "") == "no-project" or "no ledger to pull from" in refused.output
    )
    monkeypatch.setenv("LEADLINE_LEDGER", f"sqlite:///{cx.root / '.leadline/ledger.sqlite'}")
    shown = RUN.invoke(app, ["--project", str(clone), "pull", "--dry-run"])
    assert "+ leadline.yaml: metric csat is written, version 3" in shown.output
    assert folder(clone) == {}
    assert RUN.invoke(app, ["--project", str(clone), "pull"]).exit_code == 0
    mine = {
        (d["kind"], d.get("name")): d
        for d in yaml.safe_load_all((clone / "leadline.yaml").read_text("utf-8"))
    }
    assert mine["metric", "csat"]["when"] == "score >= 2"
    assert len(mine) == len(DOCUMENTS)
    monkeypatch.delenv("LEADLINE_LEDGER")
    shutil.copytree(cx.root / ".leadline", clone / ".leadline", dirs_exist_ok=True)
    assert changes(Company(clone, [])) == []


@pytest.mark.thorough
def test_what_cannot_be_read_is_left_until_it_is_said_otherwise(cx: Company) -> None:
    file = cx.root / "leadline.yaml"
    broken = file.read_text("utf-8") + "---\nkind: [metric\n"
    file.write_text(broken, "utf-8")
    found = pulled(cx)
    assert found[""] == ("unreadable", True)
    assert file.read_text("utf-8") == broken
    pulled(cx, overwrite=True)
    assert changes(cx) == []


def test_before_the_first_refresh_nothing_is_in_force(tmp_path: Path) -> None:
    made = Company(tmp_path / "p", deepcopy(DOCUMENTS))
    made.write(FILES)
    with made.open() as space, space.ledger.read() as reader, pytest.raises(NothingPublished):
        pull(made.root, reader, made.now)


DRIFT = st.lists(
    st.sampled_from(["keep", "keep", "edit", "words", "remove", "comment", "own file"]),
    min_size=8,
    max_size=8,
)


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DRIFT, st.booleans())
def test_after_a_pull_the_plan_has_nothing_to_do(
    ruled: Path, tmp_path: Path, drift: list[str], added: bool
) -> None:
    """However a folder drifted: once all of it was pulled, what is written is what is in force."""
    root = tmp_path / "q"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(ruled, root)
    cx = Company(root, [])
    texts: list[str] = []
    for document, how in zip(deepcopy(DOCUMENTS), drift, strict=True):
        kept = _drifted({"name": "p", **document} if document["kind"] == "project" else document, how)
        text = yaml.safe_dump(kept, sort_keys=False)
        if how == "own file" and document["kind"] != "project":
            (root / f"{document['name']}_own.yaml").write_text(f"# mine\n{text}", "utf-8")
        elif how != "remove" or document["kind"] == "project":
            texts.append(f"# a comment\n{text}# after\n" if how == "comment" else text)
    if added:
        texts.insert(1, "kind: metric\nname: another\ntype: count\nof: answer\n")
    (root / "leadline.yaml").write_text("---\n".join(texts), "utf-8")
    pulled(cx, overwrite=True)
    assert changes(cx) == []
    assert pulled(cx) == {}


def _drifted(document: dict[str, Any], how: str) -> dict[str, Any]:
    if how == "words":
        return {**document, "description": "In other words."}
    if how == "edit" and document["kind"] == "metric":
        return {**document, "minimum_n": 7}
    return document
