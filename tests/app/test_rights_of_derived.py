"""Figures are those of a warehouse into which what may not be used, and what is made of it, never came."""

import random
from pathlib import Path
from typing import Any

import pytest

from leadline.metrics.evaluate import evaluate
from leadline.metrics.query import Query
from tests.projects import refreshed, write_project

METRICS = ("replies", "shops", "customers", "shop_replies", "customer_replies")
DOCUMENTS: list[dict[str, Any]] = [
    {"kind": "project", "name": "law", "purpose": "survey"},
    {"kind": "policy", "name": "rights", "elsewhere": "opt_out", "withdrawal_reaches": "person",
     "purposes": {"survey": {"basis": "consent"}}},
    {"kind": "identity", "name": "who", "of": "customer", "values": {"email": {"of": "email", "as": "email"}},
     "same": [{"name": "email", "values": ["email"]}]},
    {"kind": "fact", "name": "reply", "key": ["id"], "at": "day", "columns": {
        "id": {"type": "text"}, "customer": {"type": "text", "references": "customer"}, "shop": {"type": "text"},
        "day": {"type": "date"}}},
    *({"kind": "fact", "name": f"{name}_sum", "from": "reply", "key": [name], "at": "first", "columns": {
        "first": {"type": "date", "as": "min(day)"}, "replies": {"type": "integer", "as": "count(*)"}}}
      for name in ("shop", "customer")),
    {"kind": "source", "name": "customers", "fact": "customer", "files": "customers.csv"},
    {"kind": "source", "name": "replies", "fact": "reply", "files": "replies.csv"},
    {"kind": "source", "name": "words", "fact": "consent_event", "files": "words.csv",
     "columns": {"happened_at": "instant(happened_at)", "granted": "granted = 'yes'"}},
    {"kind": "metric", "name": "replies", "type": "count", "of": "reply"},
    {"kind": "metric", "name": "shops", "type": "count", "of": "shop_sum"},
    {"kind": "metric", "name": "customers", "type": "count", "of": "customer_sum"},
    *({"kind": "metric", "name": f"{name}_replies", "type": "sum", "of": f"{name}_sum", "value": "replies",
       "measured_in": "each"} for name in ("shop", "customer")),
]  # fmt: skip
Reply = tuple[str, str, str, str]


def figures(root: Path, replies: list[Reply], mails: dict[str, str], gone: set[str]) -> dict[str, Any]:
    """Refresh, and give each metric's value and n by month."""
    files = {
        "customers.csv": "customer_id,email\n" + "".join(f"{c},{mail}\n" for c, mail in mails.items()),
        "replies.csv": "id,customer,shop,day\n" + "".join(",".join(one) + "\n" for one in replies),
        "words.csv": "event_id,customer,purpose,granted,happened_at\n"
        + "".join(f"w{c},{c},survey,no,2026-06-01\n" for c in sorted(gone)),
    }
    with refreshed(write_project(root, DOCUMENTS, files)) as (_, published):
        return {
            name: [
                (one.period, one.value, one.n)
                for one in evaluate(published, Query(name, "tester", "test", grain="month"))
                if one.n
            ]
            for name in METRICS
        }


@pytest.mark.slow
def test_figures_are_those_of_a_warehouse_into_which_it_never_came(tmp_path: Path) -> None:
    dice = random.Random(1)
    mails = {f"c{n}": f"{dice.randrange(6)}@x.de" for n in range(9)}
    replies = [
        (
            f"r{n}",
            dice.choice(sorted(mails)),
            f"s{dice.randrange(7)}",
            f"2026-0{dice.randint(1, 4)}-1{dice.randrange(9)}",
        )
        for n in range(24)
    ]
    gone = set(dice.sample(sorted(mails), 2))
    found = figures(tmp_path / "law", replies, mails, gone)
    reached = {c for c, mail in mails.items() if mail in {mails[one] for one in gone}}
    assert reached > gone, "somebody stands there twice"
    spoilt = {shop for _, who, shop, _ in replies if who in reached}
    allowed = [one for one in replies if one[1] not in reached]
    rows = figures(tmp_path / "rows", allowed, mails, set())
    shops = figures(tmp_path / "shops", [one for one in replies if one[2] not in spoilt], mails, set())
    for name in METRICS:
        assert found[name] == (shops if name.startswith("shop") else rows)[name], name
    assert len(shops["shops"]) > 0
    everything = figures(tmp_path / "law", replies, mails, set())
    assert everything == figures(tmp_path / "every", replies, mails, set()), "taken back: all of it returns"
    assert everything != found
