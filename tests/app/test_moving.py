"""A project moves from one warehouse to another by one word: rows follow, figures stay, nothing is loaded twice."""

import shutil
from pathlib import Path

import pytest

from leadline.app import identities
from leadline.app.refresh import refresh
from leadline.app.wiring import open_published, workspace
from leadline.errors import StoreError
from leadline.ingest.identity import reading
from leadline.ingest.identity.changes import Change
from leadline.ingest.identity.decisions import decide, decisions, undo
from leadline.metrics.evaluate import evaluate
from leadline.metrics.observation import Observation
from leadline.metrics.query import Query
from tests.projects import LATER, quiet, write_project
from tests.store import postgres

DOCUMENTS = [
    {"kind": "fact", "name": "row", "key": ["id"], "at": "at", "columns": {
        "id": {"type": "text"}, "at": {"type": "date"}, "channel": {"type": "text"}, "x": {"type": "number"}}},
    {"kind": "source", "name": "rows", "fact": "row", "files": "*.csv"},
    {"kind": "metric", "name": "figure", "type": "mean", "of": "row", "value": "x", "measured_in": "each",
     "by": ["channel"], "collected": {"every": "day"}},
]  # fmt: skip
FILES = {
    "one.csv": "id,at,channel,x\n1,2026-03-01,phone,1.5\n2,2026-03-02,chat,2.5\n3,2026-03-02,Ärger,nonsense\n",
    "two.csv": "id,at,channel,x\n4,2026-03-31,phone,4\n5,2026-04-01,,8\n",
}


def figures(root: Path, warehouse: str, *, files_loaded: int) -> list[Observation]:
    """Refresh the project on a warehouse, which loads so many files, and give its figures."""
    text = (root / "leadline.yaml").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("warehouse:")]
    lines.insert(1, f"warehouse: {warehouse}")
    (root / "leadline.yaml").write_text("\n".join(lines))
    with workspace(root, actor="tester") as space:
        with space.ledger.read() as reader:
            before = len(reader.batches())
        refresh(space, LATER, quiet)
        with space.ledger.read() as reader:
            assert len(reader.batches()) == before + files_loaded
        query = Query(metric="figure", viewer="tester", purpose="test", grain="month", by=("channel",))
        return evaluate(open_published(space), query)


@pytest.mark.thorough
def test_a_project_moves_to_postgresql_and_back(
    tmp_path: Path, postgresql: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_project(tmp_path / "project", [{"kind": "project"}, *DOCUMENTS], FILES)
    embedded = figures(root, "duckdb", files_loaded=2)
    with postgresql.database() as url:
        monkeypatch.setenv("LEADLINE_WAREHOUSE", url)
        assert figures(root, "postgres", files_loaded=0) == embedded
        shutil.rmtree(root / ".leadline" / "facts")
        shutil.rmtree(root / ".leadline" / "held")
        (root / "three.csv").write_text("id,at,channel,x\n6,2026-04-02,phone,1\n")
        more = figures(root, "postgres", files_loaded=1)
        assert more != embedded
        assert figures(root, "duckdb", files_loaded=0) == more
        with workspace(root, actor="tester") as space:
            assert {relation.space for relation in space.engine.relations()} >= {"fact", "held"}


IDENTITY = [
    {"kind": "identity", "name": "who", "of": "row", "values": {"channel": {"of": "channel", "as": "name"}},
     "same": [{"name": "channel", "values": ["channel"]}],
     "levels": {"house": {"same": [{"name": "channel", "values": ["channel"]}]}}},
    {"kind": "metric", "name": "persons", "type": "distinct", "of": "row", "entity": "person",
     "collected": {"every": "day"}},
]  # fmt: skip


@pytest.mark.thorough
def test_persons_move_with_the_project(
    tmp_path: Path, postgresql: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_project(tmp_path / "project", [{"kind": "project"}, *DOCUMENTS, *IDENTITY], FILES)
    figures(root, "duckdb", files_loaded=2)
    before = known(root)
    with postgresql.database() as url:
        monkeypatch.setenv("LEADLINE_WAREHOUSE", url)
        figures(root, "postgres", files_loaded=0)
        assert known(root) == before, "ids and what became of them"
        with workspace(root, actor="tester") as space, space.ledger.write(actor="anna") as writer:
            decide(writer, "who", accept=False, left=["1"], right=["4"])
        (root / "three.csv").write_text("id,at,channel,x\n6,2026-04-02,chat,1\n")
        figures(root, "postgres", files_loaded=1)
        ids, log = known(root)
        assert ids["2"] == ids["6"]
        assert ids["1"] != ids["4"]
        assert [line.by for line in log if line.what == "split"] == ["anna"]
        figures(root, "duckdb", files_loaded=0)
        assert known(root) == (ids, log)
    with workspace(root, actor="tester") as space, space.ledger.write(actor="anna") as writer:
        undo(writer, "who", decisions(writer, "who")[-1].number)
    figures(root, "duckdb", files_loaded=0)
    ids, _ = known(root)
    assert ids["1"] == ids["4"] == before[0]["1"]


def known(root: Path) -> tuple[dict[str, str], list[Change]]:
    """Give the person of each row, and what became of ids."""
    with workspace(root, actor="tester") as space:
        published = open_published(space)
        _, state = identities.state(published, None)
        found = reading.known(published.engine, state, ["1", "2", "4", "5", "6"])
        return {key: ids["person"] for key, ids in found.items()}, reading.log(published.engine, state)


@pytest.mark.spark
def test_a_project_moves_to_spark_and_back(
    tmp_path: Path, spark_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_project(tmp_path / "project", [{"kind": "project"}, *DOCUMENTS], FILES)
    embedded = figures(root, "duckdb", files_loaded=2)
    monkeypatch.setenv("LEADLINE_WAREHOUSE", spark_server)
    assert figures(root, "spark", files_loaded=0) == embedded
    (root / "three.csv").write_text("id,at,channel,x\n6,2026-04-02,phone,1\n")
    more = figures(root, "spark", files_loaded=1)
    assert figures(root, "duckdb", files_loaded=0) == more != embedded


@pytest.mark.thorough
def test_two_ledgers_do_not_share_a_warehouse(
    tmp_path: Path, postgresql: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_project(tmp_path / "project", [{"kind": "project"}, *DOCUMENTS], FILES)
    copy = write_project(tmp_path / "copy", [{"kind": "project"}, *DOCUMENTS], FILES)
    with postgresql.database() as url:
        monkeypatch.setenv("LEADLINE_WAREHOUSE", url)
        figures(root, "postgres", files_loaded=2)
        before = figures(root, "postgres", files_loaded=0)
        for _ in range(2):
            with pytest.raises(StoreError, match="belongs to another ledger"):
                figures(copy, "postgres", files_loaded=2)
        assert figures(root, "postgres", files_loaded=0) == before


@pytest.mark.thorough
def test_before_the_first_refresh_on_the_new_warehouse_there_is_a_clear_word(
    tmp_path: Path, postgresql: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_project(tmp_path / "project", [{"kind": "project"}, *DOCUMENTS], FILES)
    figures(root, "duckdb", files_loaded=2)
    text = (root / "leadline.yaml").read_text().replace("warehouse: duckdb", "warehouse: postgres")
    (root / "leadline.yaml").write_text(text)
    with pytest.raises(StoreError, match="LEADLINE_WAREHOUSE does not say where"), workspace(root):
        pass
    with postgresql.database() as url:
        monkeypatch.setenv("LEADLINE_WAREHOUSE", url)
        with workspace(root, actor="tester") as space, pytest.raises(StoreError, match="refresh"):
            evaluate(open_published(space), Query(metric="figure", viewer="tester", purpose="test"))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql://ann:hush@127.0.0.1:9/x?connect_timeout=2", "cannot be reached"),
        ("postgresql://ann:hush@/x?host=/nowhere", "cannot be reached"),
        ("postgresql://ann:hush@host:port/x", "cannot be reached"),
        ("sqlite:///hush", "does not say where postgres is"),
    ],
)
def test_an_address_that_leads_nowhere_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, said: str
) -> None:
    root = write_project(tmp_path / "p", [{"kind": "project", "warehouse": "postgres"}], {})
    monkeypatch.setenv("LEADLINE_WAREHOUSE", address)
    with pytest.raises(StoreError, match=said) as refused, workspace(root):
        pass
    assert refused.value.code == "store-warehouse"
    assert "hush" not in str(refused.value) + repr(refused.value.__cause__) + repr(refused.value.__context__)
