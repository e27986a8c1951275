"""Identities from files to figures: people are counted, not records; decisions reach figures at the next refresh."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from leadline.app.cli import main

pytestmark = pytest.mark.thorough

PROJECT = """
kind: project
name: shop
time_zone: UTC
---
kind: source
name: customers
fact: customer
files: customers/*.csv
---
kind: source
name: orders
fact: order
files: orders.csv
columns: {ordered_at: instant(ordered_at)}
---
kind: identity
name: who
of: customer
values: {email: {of: email, as: email}, city: {of: city, as: name}}
same: [{name: email, values: [email]}]
levels: {household: {same: [{name: city, values: [city]}]}}
---
kind: fact
name: person
from: customer
key: [person]
columns:
  records: {type: integer, as: count(*)}
---
{kind: metric, name: buyers, type: distinct, of: order, entity: customer.person,
 collected: {every: day, available_after: 1 days}, owner: x}
---
{kind: metric, name: persons, type: distinct, of: customer, entity: person, at: created_at,
 collected: {every: day, available_after: 1 days}, owner: x}
---
{kind: metric, name: orders, type: count, of: order, by: [customer.household],
 collected: {every: day, available_after: 1 days}, owner: x}
"""
CUSTOMERS = """customer_id,email,city,created_at
a,ana@x.de,Bonn,2026-01-01T00:00:00Z
b,ANA@x.de ,Ulm,2026-01-02T00:00:00Z
c,cem@x.de,Kiel,2026-01-02T00:00:00Z
"""
ORDERS = "order_id,customer,ordered_at\n" + "".join(
    f"o{n},{who},2026-01-0{n + 1}\n" for n, who in enumerate("abcc")
)

Run = Callable[..., str]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "leadline.yaml").write_text(PROJECT)
    (tmp_path / "customers").mkdir()
    (tmp_path / "customers" / "1.csv").write_text(CUSTOMERS)
    (tmp_path / "orders.csv").write_text(ORDERS)
    return tmp_path


@pytest.fixture
def run(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["leadline", "-p", str(project), *arguments])
        capsys.readouterr()
        ended = 0
        try:
            main()
        except SystemExit as left:
            ended = int(left.code or 0)
        said = capsys.readouterr()
        assert ended == code, said.out + said.err
        return said.out

    return run


def value(run: Run, metric: str, *more: str) -> list[float]:
    found = json.loads(run("query", metric, "--grain", "month", "--json", *more))
    rows = found["observations"] if isinstance(found, dict) else found
    return [row["value"] for row in rows]


def test_people_are_counted_and_decisions_reach_figures(run: Run, project: Path) -> None:
    run("refresh")
    assert value(run, "buyers") == [2]
    assert value(run, "persons") == [2]
    assert sorted(value(run, "orders", "--by", "customer.household")) == [2, 2]
    assert json.loads(run("identity", "list", "--json"))[0]["counts"]["person"] == 2
    run("identity", "reject", "a", "b", "--because", "two sisters")
    assert value(run, "buyers") == [2], "not before the next refresh"
    run("refresh")
    assert value(run, "buyers") == [3]
    assert "two sisters" in run("identity", "decisions")
    assert "rejected by" in run("identity", "log")
    run("identity", "undo", json.loads(run("identity", "decisions", "--json"))[0]["number"].__str__())
    run("identity", "accept", "a", "c")
    run("refresh")
    assert value(run, "buyers") == [1]
    change = next(c for c in json.loads(run("identity", "log", "--json")) if c["level"] == "person")
    run("identity", "undo", f"{change['run']}.{change['nth']}")
    run("refresh")
    assert value(run, "buyers")[0] > 1
    (project / "customers" / "2.csv").write_text(
        CUSTOMERS.splitlines()[0] + "\nd,cem@x.de,Kiel,2026-01-05T00:00:00Z\n"
    )
    run("refresh")
    assert "journal is whole" in run("audit", "verify")
    assert value(run, "persons") == value(run, "buyers")
    assert "| " not in run("identity", "show", "a", "b")
    assert "Nothing was learned" in run("identity", "model")


def test_records_that_are_not_there_are_refused(run: Run) -> None:
    run("refresh")
    run("identity", "accept", "a", "nobody", code=1)
    run("identity", "review", "--identity", "whom", code=1)
    run("identity", "undo", "9", code=1)
    run("identity", "undo", "9.9", code=1)
    run("identity", "learn", "who", code=1)


def test_what_became_of_households_is_undone_as_well(run: Run, project: Path) -> None:
    run("refresh")
    orders = ("orders", "--by", "customer.household")
    assert sorted(value(run, *orders)) == [2, 2]
    (project / "customers" / "2.csv").write_text(
        CUSTOMERS.splitlines()[0] + "\nd,ana@x.de,Kiel,2026-01-05T00:00:00Z\n"
    )
    run("refresh")
    assert value(run, *orders) == [4], "the new record lives where the other person does"
    change = next(c for c in json.loads(run("identity", "log", "--json")) if c["level"] == "household")
    assert change["what"] == "merged"
    run("identity", "undo", f"{change['run']}.{change['nth']}")
    assert "not one household" in run("identity", "decisions")
    run("refresh")
    assert sorted(value(run, *orders)) == [2, 2]
    assert "rejected by" in run("identity", "log")
    run("identity", "undo", str(json.loads(run("identity", "decisions", "--json"))[0]["number"]))
    run("refresh")
    assert value(run, *orders) == [4]
    run("identity", "reject", "a", "c", "--level", "household")
    run("refresh")
    assert sorted(value(run, *orders)) == [2, 2]
    assert value(run, "buyers") == [2], "persons are as they were"
    run("identity", "accept", "a", "c", "--level", "street", code=1)
