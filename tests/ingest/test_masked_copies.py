"""A masked copy holds nobody's values, joins as before, and gives the same figures."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from leadline.errors import DefinitionError, StoreError
from leadline.ingest.masking.copying import Copied, copy
from leadline.ingest.masking.values import Masks
from leadline.metrics.evaluate import evaluate
from leadline.metrics.query import Query
from tests.projects import refreshed, write_project

pytestmark = pytest.mark.thorough

SECRET = "a key that is only used in tests"  # noqa: S105 it opens nothing
PEOPLE = 60
CUSTOMERS = [
    {"customer_id": f"K-{471100 + n}", "name": f"Person Number{n}", "email": f"someone.real{n}@provider.de",
     "phone": f"+49 30 5550{n:04d}", "country": ("DE", "AT")[n % 2],
     "born_on": f"19{50 + n % 40}-0{1 + n % 9}-1{n % 9}",
     "faith": ("x", "y")[n % 2], "nickname": ("Hansi", "Susi")[n % 2], "note": f"lives behind the church {n}",
     "segment": ("small", "large")[n % 2], "joined_on": f"2020-0{1 + n % 9}-01"}
    for n in range(PEOPLE)
]  # fmt: skip
ORDERS = [
    {"order_id": f"O{n}", "customer": f"K-{471100 + n % PEOPLE}", "ordered_at": f"2026-0{1 + n % 6}-1{n % 9}T10:00:00Z",
     "amount": 10 + n % 7, "remark": f"please ring at Number{n % PEOPLE}"}
    for n in range(300)
]  # fmt: skip
DOCUMENTS: list[dict[str, Any]] = [
    {"kind": "project", "name": "shop", "time_zone": "Europe/Berlin", "purpose": "service"},
    {"kind": "policy", "name": "rights", "purposes": {"service": {"basis": "contract", "may_use": "sensitive"}}},
    {"kind": "fact", "name": "customer", "extends": "customer", "columns": {
        "born_on": {"type": "date", "classification": "personal"},
        "joined_on": {"type": "date", "classification": "internal"},
        "faith": {"type": "text", "classification": "sensitive", "one_of": ["x", "y"]},
        "nickname": {"type": "text", "classification": "personal", "masked_as": "name"},
        "note": {"type": "text"}}},
    {"kind": "fact", "name": "order", "extends": "order", "columns": {"remark": {"type": "text"}}},
    {"kind": "source", "name": "customers", "fact": "customer", "files": "data/customers.csv",
     "columns": {"born_on": "date(born_on)", "joined_on": "date(joined_on)"}},
    {"kind": "source", "name": "orders", "fact": "order", "files": "data/orders.csv",
     "columns": {"ordered_at": "instant(ordered_at)", "amount": "number(amount)"}},
    {"kind": "metric", "name": "orders", "type": "count", "of": "order",
     "by": ["customer.segment", "customer.country"]},
    {"kind": "metric", "name": "buyers", "type": "distinct", "of": "order", "entity": "customer"},
    {"kind": "metric", "name": "again", "type": "conversion", "of": "order", "entity": "customer", "within": "90 days",
     "followed_by": {"fact": "order"}},
    {"kind": "metric", "name": "revenue", "type": "sum", "of": "order", "value": "amount", "measured_in": "EUR"},
]  # fmt: skip


def csv(rows: list[dict[str, Any]]) -> str:
    lines = [",".join(rows[0]), *(",".join(str(v) for v in row.values()) for row in rows)]
    return "\n".join(lines) + "\n"


def project(root: Path) -> Path:
    return write_project(
        root, DOCUMENTS, {"data/customers.csv": csv(CUSTOMERS), "data/orders.csv": csv(ORDERS)}
    )


def masked(root: Path, target: Path, secret: str = SECRET) -> tuple[Copied, list[Any]]:
    with refreshed(root) as (space, published):
        live, masks = published.facts.relations, Masks(secret)
        copied = copy(space.definitions(), space.engine, live, masks, target, told=lambda *_: None)
        return copied, figures(published)


def figures(published: Any) -> list[Any]:
    slices = ("customer.segment", "customer.country")
    asked = [
        Query(metric, "tester", "test", "month", by=slices if metric == "orders" else ())
        for metric in ("orders", "buyers", "again", "revenue")
    ]
    found = [o for query in asked for o in evaluate(published, query)]
    return [(o.metric, o.period, o.slice, o.value, o.low, o.high, o.n, o.status) for o in found]


def rows(target: Path, fact: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = parquet.read_table(target / "data" / fact / "rows.parquet").to_pylist()
    return found


def test_the_copy_gives_the_same_figures_and_nobody_stands_in_it(tmp_path: Path) -> None:
    target = tmp_path / "masked"
    copied, before = masked(project(tmp_path / "shop"), target)
    assert copied.rows == {"customer": PEOPLE, "order": 300}
    with refreshed(target) as (_, published):
        assert figures(published) == before
    personal = {
        str(c[k]) for c in CUSTOMERS for k in ("customer_id", "name", "email", "phone", "note", "nickname")
    }
    personal |= {order["remark"] for order in ORDERS}
    kept = "".join(f.read_text("utf-8") for f in target.rglob("*.yaml"))
    values = [str(v) for fact in ("customer", "order") for row in rows(target, fact) for v in row.values()]
    values += [str(parquet.read_metadata(f).metadata) for f in target.rglob("*.parquet")]
    assert not [p for p in personal if p in kept or any(p in value for value in values)]
    assert {f.suffix for f in target.rglob("*") if f.is_file() and ".leadline" not in f.parts} == {
        ".yaml",
        ".parquet",
    }


def test_what_a_killed_copy_left_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / ".masked.masking" / "data" / "order"
    half.mkdir(parents=True)
    (half / "rows.parquet").write_bytes(b"PAR1 half of")
    (half / "others.parquet").write_bytes(b"of a fact that is no more")
    masked(project(tmp_path / "shop"), tmp_path / "masked")
    assert not half.parent.parent.exists()
    assert [f.name for f in (tmp_path / "masked/data/order").iterdir()] == ["rows.parquet"]


def test_what_became_of_each_column_is_what_it_is(tmp_path: Path) -> None:
    target = tmp_path / "masked"
    copied, _ = masked(project(tmp_path / "shop"), target)
    became = {c.column: c.treatment for c in copied.columns if c.fact == "customer"}
    assert became["customer_id"] == "identifier"
    assert (became["name"], became["email"], became["phone"]) == ("name", "email", "phone")
    assert (became["note"], became["born_on"]) == ("text", "shifted")
    assert became["faith"] == "suppressed"
    assert became["nickname"] == "suppressed", "two nicknames are told by how frequent they are"
    assert became["segment"] == became["joined_on"] == "kept"
    why = {c.column: c.why for c in copied.columns if c.fact == "customer"}
    assert why["nickname"] == "it has 2 different values only"
    assert why["note"] == "personal, for nobody has classified it"


def test_values_join_across_facts_and_runs_and_dates_move_with_their_customer(tmp_path: Path) -> None:
    root = project(tmp_path / "shop")
    first, second, other = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    for target in (first, second):
        masked(root, target)
    masked(root, other, "another key, also only for tests")
    assert rows(first, "customer") == rows(second, "customer")
    assert not {r["customer_id"] for r in rows(first, "customer")} & {
        r["customer_id"] for r in rows(other, "customer")
    }
    ids = {r["customer_id"] for r in rows(first, "customer")}
    assert {r["customer"] for r in rows(first, "order")} == ids
    masks = Masks(SECRET)
    for was in CUSTOMERS:
        now = next(
            r for r in rows(first, "customer") if r["customer_id"] == masks.identifier(was["customer_id"])
        )
        assert now["born_on"] - date.fromisoformat(was["born_on"]) == masks.shift(was["customer_id"])
        assert now["faith"] is None


def test_a_folder_that_is_there_is_not_written_into(tmp_path: Path) -> None:
    target = tmp_path / "masked"
    target.mkdir()
    (target / "mine.txt").write_text("keep")
    with pytest.raises(StoreError) as refused:
        masked(project(tmp_path / "shop"), target)
    assert refused.value.code == "mask-target"
    assert [f.name for f in target.iterdir()] == ["mine.txt"]


def test_a_required_column_of_few_values_is_refused_not_guessed(tmp_path: Path) -> None:
    documents = [dict(d) for d in DOCUMENTS]
    documents[2] = {**documents[2], "columns": {**documents[2]["columns"],
        "faith": {"type": "text", "classification": "sensitive", "one_of": ["x", "y"], "required": True}}}  # fmt: skip
    root = write_project(
        tmp_path / "shop", documents, {"data/customers.csv": csv(CUSTOMERS), "data/orders.csv": csv(ORDERS)}
    )
    target = tmp_path / "masked"
    with pytest.raises(DefinitionError) as refused:
        masked(root, target)
    assert refused.value.code == "mask-required"
    assert not target.exists()
    assert not [f for f in tmp_path.iterdir() if "masking" in f.name]


def test_the_command_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from leadline.app.cli.commands import app

    root = project(tmp_path / "shop")
    with refreshed(root):
        pass
    monkeypatch.setenv("LEADLINE_SECRET_TESTING", SECRET)
    done = CliRunner().invoke(
        app, ["--project", str(root), "mask", str(tmp_path / "out"), "--key", "testing"]
    )
    assert done.exit_code == 0, done.output
    assert "360 rows of 2 facts" in done.output
    said = " ".join(done.output.split())
    assert "raw records of customers (data/customers.csv), orders (data/orders.csv)" in said
    assert SECRET not in done.output
    assert (tmp_path / "out" / "leadline.yaml").is_file()


def test_a_copy_of_a_project_that_knows_who_is_who_resolves_for_itself(tmp_path: Path) -> None:
    identity = {
        "kind": "identity",
        "name": "who",
        "of": "customer",
        "values": {"email": {"of": "email", "as": "email"}},
        "same": [{"name": "email", "values": ["email"]}],
    }
    persons = {
        "kind": "metric",
        "name": "persons",
        "type": "distinct",
        "of": "order",
        "entity": "customer.person",
    }
    people = [{**one, "email": f"someone.real{n // 2}@provider.de"} for n, one in enumerate(CUSTOMERS)]
    root = write_project(
        tmp_path / "shop", [*DOCUMENTS, identity, persons],
        {"data/customers.csv": csv(people), "data/orders.csv": csv(ORDERS)},
    )  # fmt: skip
    asked = Query("persons", "tester", "test", "month")
    copied, _ = masked(root, tmp_path / "masked")
    assert "person" not in {one.column for one in copied.columns}
    with refreshed(root) as (_, published):
        before = [(o.period, o.value) for o in evaluate(published, asked)]
    with refreshed(tmp_path / "masked") as (_, published):
        assert [(o.period, o.value) for o in evaluate(published, asked)] == before
    assert before[0][1] != PEOPLE
