"""What the rooms above ask of a catalog."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from leadline.catalog import Catalog, build, load, recall
from leadline.catalog.documents import parse, shipped
from leadline.catalog.validate import KIND_CLASSES, METRIC_CLASSES, validate
from leadline.errors import DefinitionError
from tests.catalog.strategies import documents

SOUND = Path(__file__).parent / "projects" / "sound.yaml"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    root = tmp_path_factory.mktemp("sound")
    (root / "leadline.yaml").write_text(SOUND.read_text("utf-8"), "utf-8")
    return load(root)


def test_it_has_every_kind_by_name_with_the_shipped_model(catalog: Catalog) -> None:
    assert catalog.project.name == "sound"
    assert set(catalog.metrics) == {"nps", "promoters"}
    assert set(catalog.sources) == {"surveys"}
    assert set(catalog.calendars) == {"fiscal"}
    assert {"respondent", "customer", "interaction"} <= set(catalog.facts)
    assert catalog.calendar.year_starts_in == "april"
    kinds = [d.kind for d in catalog.definitions()]
    assert kinds[0] == "project"
    assert {"unit", "fact", "source", "metric", "objective", "scorecard", "calendar"} <= set(kinds)


def test_an_extended_fact_has_all_columns_and_keeps_its_places(catalog: Catalog) -> None:
    fact = catalog.facts["survey_response"]
    assert (fact.key, fact.at, fact.unit) == (("response_id",), "answered_at", "unit")
    assert fact.columns["wave"].maximum == 12
    assert fact.columns["score"].minimum == 0
    assert fact.columns["verbatim"].type == "text"
    assert str(catalog.place(fact, "columns", "wave", "maximum")) == "leadline.yaml:29:46"
    assert str(catalog.place(fact, "columns", "verbatim")).startswith("leadline/catalog/model/survey.yaml:")


def test_a_derived_fact_takes_its_key_from_its_parent(catalog: Catalog) -> None:
    fact = catalog.facts["respondent"]
    assert list(fact.columns) == ["customer", "last_answer", "best", "last_channel", "answers"]
    assert fact.columns["customer"].references == "customer"
    assert fact.columns["customer"].required


@pytest.mark.parametrize(
    ("kind", "name", "path", "sql"),
    [
        ("metrics", "nps", ("plus",), '"score" >= 9'),
        ("facts", "respondent", ("where",), 'NOT "score" IS NULL'),
        ("facts", "respondent", ("columns", "best", "as"), 'MAX("score")'),
        ("sources", "surveys", ("reject", 0, "when"), "\"Status\" = 'test'"),
        ("sources", "surveys", ("columns", "wave"), 'CAST("Wave" AS BIGINT)'),
    ],
)
def test_expressions_are_found_by_their_path(
    catalog: Catalog, kind: str, name: str, path: tuple[str | int, ...], sql: str
) -> None:
    definition = getattr(catalog, kind)[name]
    assert catalog.expression(definition, *path).tree.sql("duckdb") == sql
    assert catalog.expression(definition, *path) is catalog.expression(definition, *path)


def test_an_expression_that_is_not_written_is_said_with_its_place(catalog: Catalog) -> None:
    with pytest.raises(DefinitionError) as refused:
        catalog.expression(catalog.metrics["promoters"], "where")
    assert refused.value.code == "no-expression"
    assert refused.value.place is not None


def test_dimensions_have_the_type_of_their_column(catalog: Catalog) -> None:
    nps = catalog.metrics["nps"]
    assert [catalog.dimension_type(nps, d) for d in ("channel", "customer.tier", "wave", "unit")] == [
        "text", "text", "integer", "unit",
    ]  # fmt: skip
    for unknown in ("chanel", "customer.teir", "channel.x", "customer.account.name"):
        with pytest.raises(DefinitionError):
            catalog.dimension_type(nps, unknown)


def test_the_text_of_every_definition_reads_back_as_the_same_catalog(catalog: Catalog) -> None:
    kept = [(catalog.text(d), catalog.place(d)) for d in catalog.definitions()]
    again = build([d for text, place in kept for d in recall(text, place.file, place.line)], catalog.root)
    assert again.problems == ()
    assert {(d.kind, d.name) for d in again.definitions()} == {
        (d.kind, d.name) for d in catalog.definitions()
    }
    for definition in catalog.definitions():
        other = next(d for d in again.definitions() if (d.kind, d.name) == (definition.kind, definition.name))
        assert other == definition
        assert again.fingerprint(other) == catalog.fingerprint(definition)
        assert again.text(other) == catalog.text(definition)
        assert again.place(other) == catalog.place(definition)


def test_the_text_begins_at_its_place(catalog: Catalog) -> None:
    lines = SOUND.read_text("utf-8").splitlines()
    for definition in catalog.definitions():
        place = catalog.place(definition)
        if place.file == Path("leadline.yaml"):
            assert catalog.text(definition).splitlines()[0] == lines[place.line - 1]


@given(documents())
def test_what_is_dumped_loads_as_the_same_definition(written: dict[str, Any]) -> None:
    cls = KIND_CLASSES.get(written["kind"]) or METRIC_CLASSES[written["type"]]
    definition = cls.model_validate(written)
    dumped = definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    text = json.dumps(
        dumped | {"kind": definition.kind}, ensure_ascii=False
    )  # which is YAML, with every text in quotes
    (document,), problems = parse(text, Path("x.yaml"))
    assert problems == []
    assert validate(document) == (definition, [])


def test_the_shipped_model_has_no_problem_and_only_loaded_facts() -> None:
    project, _ = parse("kind: project\nname: p\n", Path("leadline.yaml"))
    made = build([*project, *shipped()], Path())
    assert made.problems == ()
    for fact in made.facts.values():
        assert fact.description
        assert len(fact.key) == 1 or (fact.name in OF_ONE_IN_A_TIME and fact.at in fact.key)
        required = {name for name, column in fact.columns.items() if column.required}
        assert required <= {*fact.key, fact.at, "purpose", "granted", "metric", "value", "rate"}
        for name, column in fact.columns.items():
            assert column.description, (fact.name, name)


MODEL = {
    "contact_chain", "handled_interval", "identity", "web_session",
    "customer", "account", "agent", "shift", "qa_review", "interaction", "ticket", "ticket_event",
    "survey_invitation", "survey_response", "product", "order", "order_item", "payment", "invoice", "subscription",
    "subscription_event", "product_event", "outage", "campaign", "campaign_exposure", "touchpoint", "consent_event",
    "cost", "lead", "onboarding", "subscription_term", "customer_month", "usage_day", "manual_figure",
    "exchange_rate",
}  # fmt: skip
OF_ONE_IN_A_TIME = {"customer_month", "usage_day", "exchange_rate", "handled_interval"}
"""Facts with one row for each customer (or pair of currencies) and time: no name of theirs could keep a second out."""


def test_the_shipped_model_covers_what_customers_do() -> None:
    assert {d.data["name"] for d in shipped()} == MODEL


@pytest.mark.thorough
def test_five_hundred_metrics_load(tmp_path: Path) -> None:
    metric = (
        "kind: metric\nname: m{n}\ntitle: Metric {n}\ntype: share\nof: survey_response\n"
        "where: instrument = 'csat' and answered_at - invited_at <= interval {n} day\n"
        "when: score >= {n} and channel in ('phone', 'chat') or customer.tier = 'gold'\n"
        "by: [channel, customer.tier]\nowner: cx\ncollected: {{every: day, available_after: 2 days}}\n"
    )
    (tmp_path / "leadline.yaml").write_text("kind: project\nname: p\n", "utf-8")
    (tmp_path / "m.yaml").write_text("---\n".join(metric.format(n=n) for n in range(500)), "utf-8")
    made = load(tmp_path)
    assert len(made.metrics) == 500
    assert not [p for p in made.problems if p.level == "error"]
