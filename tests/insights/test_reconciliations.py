"""Two sides compared: what is planted is found, what agrees is quiet, chance is allowed where it is declared."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from leadline.app.wiring import Workspace
from leadline.clock import FixedClock
from leadline.insights.differing import differing
from leadline.insights.reconciliations import Cell, reconcile
from leadline.metrics.published import Published
from tests.projects import refreshed, write_project

NOW = FixedClock(datetime(2026, 5, 2, tzinfo=UTC))
MONTHS = [date(2026, month, 1) for month in (1, 2, 3, 4)]
PLACES = [(unit, product) for unit in ("north", "south") for product in ("a", "b")]


def side(name: str) -> list[dict[str, Any]]:
    columns = {
        "account": {"type": "text"}, "month": {"type": "date"}, "product": {"type": "text"},
        "unit": {"type": "unit"}, "amount": {"type": "number"},
    }  # fmt: skip
    return [
        {"kind": "fact", "name": name, "key": ["account", "month"], "at": "month", "unit": "unit", "columns": columns},
        {"kind": "source", "name": name, "fact": name, "files": f"{name}.csv"},
        {"kind": "metric", "name": f"{name}_revenue", "type": "sum", "of": name, "value": "amount",
         "measured_in": "EUR", "by": ["product"], "collected": {"every": "month"}},
    ]  # fmt: skip


def documents(**more: Any) -> list[dict[str, Any]]:
    return [
        {"kind": "unit", "name": "acme", "children": [{"name": "north"}, {"name": "south"}]},
        *side("billed"), *side("agreed"),
        {"kind": "reconciliation", "name": "revenue", "left": "billed_revenue", "right": "agreed_revenue",
         "units": ["north", "south"], "by": ["product"], "key": ["account"], "tolerance": {"relative": "1 %"}, **more},
    ]  # fmt: skip


Row = tuple[str, date, str, str, float]


def accounts() -> list[Row]:
    return [
        (f"{unit}{product}{n}", month, product, unit, 100.0 + n)
        for month in MONTHS
        for unit, product in PLACES
        for n in range(10)
    ]


def written(rows: list[Row]) -> str:
    return "account,month,product,unit,amount\n" + "".join(f"{','.join(map(str, row))}\n" for row in rows)


@pytest.fixture(scope="module")
def gap(tmp_path_factory):
    """From March on, accounts 0 to 2 of south's product b are not billed; account 3 is billed 5 too much; one is
    billed that nobody agreed on. North's account 4 is billed a cent too much."""
    billed = []
    for row in accounts():
        account, month, product, unit, amount = row
        if (unit, product) == ("south", "b") and month >= date(2026, 3, 1):
            if account[-1] in "012":
                continue
            amount += 5 if account.endswith("3") else 0
        amount += 0.01 if account == "northa4" else 0
        billed.append((account, month, product, unit, amount))
    billed.append(("ghost", date(2026, 4, 1), "b", "south", 7.0))
    root = tmp_path_factory.mktemp("gap") / "project"
    write_project(root, documents(), {"billed.csv": written(billed), "agreed.csv": written(accounts())})
    with refreshed(root, NOW) as (space, published):
        yield space, published


def compared(published: Published) -> dict[tuple[str, str | None, str], Cell]:
    found = reconcile(published, published.catalog.reconciliations["revenue"], viewer="tester")
    return {(cell.period, cell.unit, cell.slice): cell for cell in found.cells}


def test_what_is_missing_is_found_where_it_is_and_nowhere_else(gap) -> None:
    cells = compared(gap[1])
    differ = {place for place, cell in cells.items() if cell.state == "differs"}
    assert differ == {("2026-03", "south", "product=b"), ("2026-04", "south", "product=b")}
    assert len(cells) == 16
    april = cells["2026-04", "south", "product=b"]
    assert april.difference == pytest.approx(-303 + 5 + 7)
    assert april.allowed == pytest.approx(0.01 * 1045)


def test_a_refresh_finds_the_breach_of_the_last_period_and_says_since_when(gap) -> None:
    space: Workspace = gap[0]
    with space.ledger.read() as reader:
        (found,) = reader.findings(kind="reconciliation")
    assert (found.metric, found.unit, found.slice, found.period) == (
        "billed_revenue", "south", "product=b", "2026-04",
    )  # fmt: skip
    assert found.evidence["periods_in_a_row"] == 2
    assert found.statement == (
        "Billed revenue in South for product b was €754 in April 2026, €291 less than agreed revenue, €1,045 "
        "(27.8% of it), for the second month in a row."
    )


@pytest.mark.thorough
def test_the_share_of_cells_that_agree_lowers_the_consistency_of_both_sources(gap) -> None:
    told = gap[1].generation.tables["reliability"]
    assert told["billed"]["parts"]["consistency"] == told["agreed"]["parts"]["consistency"] == 75


@pytest.mark.thorough
def test_the_keys_that_differ_are_those_that_were_changed(gap) -> None:
    published: Published = gap[1]
    one = published.catalog.reconciliations["revenue"]
    found = differing(published, one, since=date(2026, 4, 1), until=date(2026, 5, 1), unit="south",
                      where=[("product", "b")])  # fmt: skip
    assert [(key.key, key.side) for key in found.keys] == [
        (("southb2",), "right only"), (("southb1",), "right only"), (("southb0",), "right only"),
        (("ghost",), "left only"), (("southb3",), "different"),
    ]  # fmt: skip
    assert found.counts == {"left only": 1, "right only": 3, "different": 1}
    assert found.keys[4].left - found.keys[4].right == pytest.approx(5)
    whole = differing(published, one, since=date(2026, 1, 1), until=date(2026, 5, 1), limit=2)
    assert (len(whole.keys), whole.total) == (2, 1 + 4)  # over four months each sum of a key is one


@pytest.mark.thorough
def test_equal_sides_are_quiet_at_no_tolerance_at_all(tmp_path) -> None:
    rows = [(*row[:4], row[4] / 3) for row in accounts()]
    split = [(f"{a}-{half}", m, p, u, x / 2) for a, m, p, u, x in rows for half in "xy"]
    exact = documents(tolerance={}, key=[])
    write_project(tmp_path / "p", exact, {"billed.csv": written(split[::-1]), "agreed.csv": written(rows)})
    with refreshed(tmp_path / "p", NOW) as (_, published):
        assert {cell.state for cell in compared(published).values()} == {"agrees"}


@pytest.mark.thorough
def test_one_side_without_rows_is_zero_for_sums_and_an_unfinished_period_is_not_judged(tmp_path) -> None:
    rows = accounts()
    late = [{**d, "collected": {"every": "month", "available_after": "10 days"}} if d["name"] == "agreed_revenue"
            else d for d in documents()]  # fmt: skip
    only = [row for row in rows if row[2] == "a"]
    write_project(tmp_path / "p", late, {"billed.csv": written(only), "agreed.csv": written(rows)})
    with refreshed(tmp_path / "p", NOW) as (_, published):
        cells = compared(published)
        assert "2026-04" not in {period for period, _, _ in cells}  # not final on the right side
        north = cells["2026-03", "north", "product=b"]
        assert (north.state, north.values) == ("differs", (0.0, 1045.0))


def answers(rng: np.random.Generator, satisfied: float, name: str) -> str:
    start = date(2026, 4, 1)
    lines = ["id,on_day,team,good\n"]
    for team in range(40):
        good = rng.random(120) < satisfied
        lines += [f"{name}{team}-{n},{start + timedelta(days=n % 30)},t{team},{str(g).lower()}\n"
                  for n, g in enumerate(good)]  # fmt: skip
    return "".join(lines)


def surveys(statistical: bool) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"kind": "unit", "name": "acme", "children": [{"name": f"t{n}"} for n in range(40)]}
    ]
    for name in ("phone", "overall"):
        types = {"id": "text", "on_day": "date", "team": "unit", "good": "boolean"}
        columns = {column: {"type": kind} for column, kind in types.items()}
        found += [
            {"kind": "fact", "name": name, "key": ["id"], "at": "on_day", "unit": "team", "columns": columns},
            {"kind": "source", "name": name, "fact": name, "files": f"{name}.csv"},
            {"kind": "metric", "name": f"csat_{name}", "type": "share", "of": name, "when": "good"},
        ]
    return [*found, {"kind": "reconciliation", "name": "satisfaction", "left": "csat_phone", "right": "csat_overall",
                     "units": [f"t{n}" for n in range(40)], "tolerance": {"statistical": statistical}}]  # fmt: skip


@pytest.mark.slow
def test_chance_between_equal_samples_is_no_breach_where_it_is_declared(tmp_path) -> None:
    """40 cells a world, 8 worlds of one truth. Without `statistical` nearly every cell differs; with it, a world has
    a false alarm in at most about one of twenty (Benjamini-Hochberg at 5 %); a real difference is found."""
    rng = np.random.default_rng(11)
    alarms = 0
    for world in range(8):
        root = tmp_path / str(world)
        write_project(root, surveys(True), {f"{n}.csv": answers(rng, 0.8, n) for n in ("phone", "overall")})
        with refreshed(root, NOW) as (_, published):
            one = published.catalog.reconciliations["satisfaction"]
            found = reconcile(published, one, viewer="tester")
            assert found.judged == 40
            alarms += bool(found.differing)
            if world == 0:
                exact = one.model_copy(
                    update={"tolerance": one.tolerance.model_copy(update={"statistical": False})}
                )
                assert len(reconcile(published, exact, viewer="tester").differing) > 30
    assert alarms <= 2
    real = {"phone.csv": answers(rng, 0.8, "p"), "overall.csv": answers(rng, 0.55, "o")}
    write_project(tmp_path / "real", surveys(True), real)
    with refreshed(tmp_path / "real", NOW) as (_, published):
        found = reconcile(published, published.catalog.reconciliations["satisfaction"], viewer="tester")
        assert len(found.differing) > 35
