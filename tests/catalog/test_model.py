"""The shipped model: its page is in step, its diagram has every reference, a project adds to it without a fork."""

import importlib.util
import re
from pathlib import Path
from typing import Any

from leadline.catalog import build, diagram, load
from leadline.catalog.documents import shipped
from tests.projects import write_project

ROOT = Path(__file__).parents[2]
OF_THE_ISSUE = {
    "customer", "identity", "interaction", "ticket",
    "ticket_event", "survey_invitation", "survey_response", "order", "subscription",
    "subscription_event", "product_event", "touchpoint", "campaign_exposure", "consent_event", "cost", "agent", "shift",
    "qa_review", "contact_chain", "web_session",
}  # fmt: skip


def page() -> Any:
    """Load the tool that writes docs/model.md."""
    spec = importlib.util.spec_from_file_location("model_page", ROOT / "tools" / "model_page.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_the_model_is_up_to_date() -> None:
    written = (ROOT / "docs" / "model.md").read_text("utf-8")
    assert written == page().text(), "run: .venv/bin/python tools/model_page.py"


def test_the_model_has_what_a_company_knows_of_its_customers() -> None:
    facts = build(shipped(), Path()).facts
    assert OF_THE_ISSUE - facts.keys() == set()
    for fact in facts.values():
        assert fact.description, fact.name
        assert [n for n, c in fact.columns.items() if not c.description and n not in fact.key] == [], (
            fact.name
        )


def test_the_diagram_has_every_reference_once() -> None:
    facts = build(shipped(), Path()).facts
    drawn = diagram.mermaid(facts)
    lines = re.findall(r'(?m)^  (\w+) \|o--\S+ (\w+) : "(\w+)"$', drawn)
    wanted = [(c.references, f.name, n) for f in facts.values() for n, c in f.columns.items() if c.references]
    assert sorted(lines) == sorted(wanted)
    derived = re.findall(r'(?m)^  (\w+) }o\.\.o{ (\w+) : "derived"$', drawn)
    assert sorted(derived) == sorted((f.from_, f.name) for f in facts.values() if f.from_)
    assert {name for line in drawn.splitlines()[1:] for name in re.findall(r"\w+", line)} >= facts.keys()


def test_a_project_adds_to_the_model_without_a_fork(tmp_path: Path) -> None:
    shop = {"kind": "fact", "name": "shop", "key": ["shop_id"], "columns": {"shop_id": {"type": "text"}}}
    more = {"kind": "fact", "name": "interaction", "extends": "interaction",
            "columns": {"shop": {"type": "text", "references": "shop"}}}  # fmt: skip
    before = build(shipped(), Path()).facts
    made = load(write_project(tmp_path, [{"kind": "project"}, shop, more], {}))
    assert not made.problems
    assert list(made.facts["interaction"].columns) == [*before["interaction"].columns, "shop"]
    assert 'shop |o--o{ interaction : "shop"' in diagram.mermaid(made.facts)
    assert diagram.structure(made.facts) != diagram.structure(before)
    assert made.facts["ticket"] == before["ticket"]
