"""The library as a whole: what it must have, that it fits the shipped model, and that the engine computes all of it."""

import importlib.util
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from leadline.catalog import load
from leadline.catalog.documents import shipped
from leadline.metrics import library
from leadline.metrics.evaluate import evaluate
from leadline.metrics.query import Query
from tests.metrics.library_figures import DESK, at, definitions
from tests.metrics.warehouse import warehouse
from tests.projects import write_project

ROOT = Path(__file__).parents[2]
ASKED_FOR = {
    "nps_relational", "nps_transactional", "nps_by_invitation", "csat_top2", "csat_top2_of_7", "csat_good_bad",
    "csat_mean", "ces_1_mean", "ces_2_mean", "ces_2_percent", "service_level_abandon_positive",
    "service_level_answered_only", "service_level_abandon_negative", "service_level_abandon_in_excluded",
    "service_level_short_abandon_credit", "fcr_gross", "fcr_net", "fcr_24h", "fcr_72h", "fcr_7d", "fcr_14d",
    "fcr_30d", "fcr_agent_flagged", "fcr_customer_confirmed", "one_touch_rate", "aht", "aht_by_start", "talk_time",
    "aht_by_spread",
    "hold_time", "after_call_work", "asa", "abandonment_rate", "abandonment_rate_without_short", "occupancy",
    "utilisation", "response_rate_1", "response_rate_2", "response_rate_3", "response_rate_4", "response_rate_5",
    "response_rate_6", "churn_logo", "churn_revenue", "churn_per_customer_day", "churn_annualised", "grr", "nrr",
    "mrr", "active_customers", "mau_28d", "mau_30d", "dau_average_28d", "stickiness_28d", "activation_7d",
    "time_to_value_median", "time_to_value_p75", "cost_per_contact", "cost_per_resolved_contact",
    "cost_per_converted_lead", "backlog", "backlog_overdue_share", "sla_first_reply", "sla_resolution",
    "first_response_time_median", "first_response_time_p90", "resolution_time_median", "reopen_rate",
    "transfer_rate", "repeat_contact_rate_7d", "escalation_rate", "self_service_rate", "help_deflection_24h",
    "bot_containment", "sentiment_positive", "onboarding_completion_14d", "referral_share", "engagement_score",
    "service_efficiency", "qa_score", "lead_conversion_30d", "late_delivery_rate", "return_rate_items",
    "refund_rate", "complaint_rate", "consent_rate", "opt_out_rate", "delivery_rate", "open_rate", "click_rate",
    "clv_historic_1y", "arpu", "repeat_purchase_90d", "purchase_frequency", "aov",
}  # fmt: skip
EITHER_WAY = {
    "contacts_handled", "contacts_offered", "patience", "talk_time", "nps_passives", "tickets_opened",
    "tickets_resolved", "tickets_resolved_28d", "occupancy", "utilisation", "utilisation_handling", "shrinkage",
    "customers_at_start",
    "minutes_per_active_day", "active_days_28d", "active_days_30d", "campaign_conversion_held_out", "buyers_1y",
    "buyers_3y", "margin_1y", "margin_3y", "survey_completes", "survey_partials", "survey_eligible", "survey_unknown",
    "survey_eligibility", "survey_weight_sum", "survey_weight_squares", "survey_weighted_answers",
}  # fmt: skip
"""Metrics of which neither more nor less is better by itself, and parts of others."""


def test_it_has_what_a_customer_analyst_looks_for():
    assert sorted(ASKED_FOR - library.entries().keys()) == []


@pytest.mark.thorough
def test_every_entry_has_one_name_and_checks_over_the_shipped_model():
    names = [str(document.data["name"]) for _, document in library.documents()]
    assert len(names) == len(set(names)) == len(library.entries())
    problems = [p for p in library.catalog().problems if p.code not in {"no-owner", "nothing-loaded"}]
    assert [str(p) for p in problems] == []


def test_every_entry_says_what_it_is_why_and_where_its_formula_comes_from():
    for name, entry in library.entries().items():
        metric = entry.metric
        assert metric.title, name
        assert metric.because, name
        assert re.search(r" Source: \S.+\.$", metric.description or ""), name
        assert metric.measured_in, name
        assert (metric.direction is None) == (name in EITHER_WAY), name
        assert entry.needs, name
        assert metric.owner is None, name
        assert {"kind", "name", "title", "description"} == set(list(yaml.safe_load(entry.text))[:4]), name


def test_shares_and_means_of_rows_are_suppressed_where_rows_are_few():
    for name, entry in library.entries().items():
        if entry.metric.type in {"share", "balance", "mean", "quantile", "conversion", "duration"}:
            assert entry.metric.minimum_n >= 20, name


@pytest.mark.thorough
def test_a_copy_means_the_same_under_any_name_and_has_an_owner():
    for entry in library.entries().values():
        copy = yaml.safe_load(entry.copied(name="another_name", owner='cx: "the team" #1'))
        assert copy.pop("owner") == 'cx: "the team" #1'
        assert copy.pop("name") == "another_name"
        assert copy == {k: v for k, v in yaml.safe_load(entry.text).items() if k != "name"}


def test_parts_come_with_theirs_once_and_nearest_first():
    names = [e.name for e in library.parts_below("engagement_score")]
    assert names[:3] == ["stickiness_28d", "activation_7d", "csat_top2"]
    assert set(names[3:]) == {"active_days_28d", "mau_28d", "active_days", "active_customers"}
    assert len(names) == len(set(names))
    assert library.parts_below("csat_top2") == ()


def test_what_a_metric_needs_are_the_columns_that_decide_its_figure():
    needs = {
        name: library.entry(name).needs for name in ("csat_top2", "fcr_7d", "backlog", "cost_per_contact")
    }
    assert needs == {
        "csat_top2": {"survey_response": ("answered_at", "instrument", "score")},
        "fcr_7d": {"interaction": ("answered", "customer", "direction", "started_at", "topic")},
        "backlog": {"ticket": ("opened_at", "resolved_at")},
        "cost_per_contact": {
            "cost": ("amount", "booked_on", "category"), "interaction": ("answered", "direction", "started_at"),
        },
    }  # fmt: skip


@pytest.mark.thorough
def test_the_whole_library_is_clean_in_a_project_that_loads_the_model(tmp_path):
    facts = [str(d.data["name"]) for d in shipped() if d.kind == "fact" and "from" not in d.data]
    sources = [{"kind": "source", "name": f"{f}_file", "fact": f, "files": f"{f}/*.csv"} for f in facts]
    metrics = [yaml.safe_load(e.copied(name=e.name, owner="cx")) for e in library.entries().values()]
    desk = [{"kind": "project", "calendar": "desk"}, DESK]
    project = load(write_project(tmp_path / "project", [*desk, *sources, *metrics], {}))
    assert [str(p) for p in project.problems] == []
    assert len(project.metrics) == len(library.entries())


TEXTS = {
    "instrument": ["nps", "csat", "csat7", "ces", "ces1", "fcr"], "channel": ["phone"], "stage": ["help"],
    "disposition": ["complete", "partial", "refusal", "unknown", "ineligible"], "purpose": ["marketing"],
    "sentiment": ["positive", "negative"], "category": ["service", "marketing"], "kind": ["complaint", "incident"],
    "event": ["new", "expansion", "contraction", "churn", "reactivation", "renewal", "activated"],
    "satisfaction": ["good", "bad"], "status": ["failed", "settled"], "acquired_through": ["referral", "search"],
    "direction": ["inbound"], "customer": [f"customer{i}" for i in range(30)], "topic": ["bill"],
}  # fmt: skip
"""Words that definitions of the library ask for, by column."""


def row(fact: Any, number: int, dice: Random) -> dict[str, Any]:
    """Give a row of four years, with words that the library asks for, and now and then nothing in a column."""
    day, made = dice.randrange(1500), {}
    for place, (name, column) in enumerate(fact.columns.items()):
        match column.type:
            case "text":
                made[name] = dice.choice(TEXTS.get(name, ["a", "b"]))
            case "integer" | "number":
                made[name] = dice.choice([0, 1, 2, 3, 5, 7])
            case "boolean":
                made[name] = dice.random() < 0.5
            case "date":
                made[name] = date(2022, 1, 1) + timedelta(days=day + place)
            case "instant":
                made[name] = at(day - 1464, hours=place)
            case _:
                made[name] = None
        if not column.required and name != fact.at and dice.random() < 0.3:
            made[name] = None
    if len(fact.key) == 1 and fact.key[0] != "customer":
        made[fact.key[0]] = f"{fact.name}{number}"
    return made


@pytest.mark.slow
def test_the_engine_computes_every_metric_of_the_library_at_every_grain(tmp_path):
    facts = library.catalog().facts
    named = {fact for entry in library.entries().values() for fact in entry.needs}
    dice = Random(11)
    rows = {name: {f"{name}_file": [row(facts[name], i, dice) for i in range(900)]} for name in sorted(named)}
    with warehouse(
        tmp_path, [{"kind": "project", "calendar": "desk"}, DESK, *definitions(*library.entries())]
    ) as made:
        published = made.publish(rows)
        valued = set()
        for name in library.entries():
            for grain, since in (
                ("day", date(2025, 12, 28)),
                ("month", date(2025, 7, 1)),
                ("year", date(2022, 1, 1)),
            ):
                asked = Query(
                    metric=name, viewer="tester", purpose="test", grain=grain, since=since, until=date(2026, 1, 1)
                )  # fmt: skip
                valued |= {o.metric for o in evaluate(published, asked) if o.value is not None}
    assert sorted(library.entries().keys() - valued) == []


def page() -> Any:
    """Load the tool that writes docs/library.md."""
    spec = importlib.util.spec_from_file_location("library_page", ROOT / "tools" / "library_page.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_the_library_is_up_to_date():
    written = (ROOT / "docs" / "library.md").read_text("utf-8")
    assert written == page().text(), "run: .venv/bin/python tools/library_page.py"


def without_a_standard() -> Iterator[str]:
    for name, entry in library.entries().items():
        if "Source: no standard; usual practice" in (entry.metric.description or ""):
            yield name


def test_what_has_no_standard_says_so_on_the_page():
    written = (ROOT / "docs" / "library.md").read_text("utf-8")
    marked = set(re.findall(r"(?m)^\| `(\w+)`\* \|", written))
    assert marked == set(without_a_standard())
