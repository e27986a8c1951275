"""A fact with history says from when until when its rows hold, and is read where that has one meaning."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Fact, RowMetric
from leadline.catalog.facts import scope
from leadline.catalog.problems import Problem
from leadline.errors import suggest


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find validity by columns that are none, keys that keep one version only, and history read where it cannot be."""
    for fact in catalog.facts.values():
        if fact.valid:
            yield from _columns(catalog, fact)
        if fact.from_ and fact.from_ in catalog.facts:
            yield from _derived(catalog, fact, catalog.facts[fact.from_])
    for metric in catalog.metrics.values():
        if isinstance(metric, RowMetric) and metric.of in catalog.facts:
            yield from _metric(catalog, metric, catalog.facts[metric.of])


def _columns(catalog: Catalog, fact: Fact) -> Iterator[Problem]:
    valid = fact.valid
    if valid is None:
        return
    kinds = []
    for role, name in (("from", valid.from_), ("until", valid.until)):
        column = fact.columns.get(name or "")
        if name is not None and column is None:
            yield Problem(
                "error", "unknown-column", f"{fact.name!r} has no column {name!r}.", catalog.place(fact, "valid", role),
                suggest(name, fact.columns),
            )  # fmt: skip
        elif column is not None and column.type not in {"instant", "date"}:
            yield Problem(
                "error", "wrong-column-type", f"`{role}` cannot be {name!r}, which is {column.type}.",
                catalog.place(fact, "valid", role), "A row holds from an instant or a date.",
            )  # fmt: skip
        elif column is not None:
            kinds.append(column.type)
    if len(set(kinds)) > 1:
        yield Problem(
            "error", "wrong-column-type", "`from` and `until` must both be dates or both be instants.",
            catalog.place(fact, "valid"),
        )  # fmt: skip
    if valid.from_ in fact.columns and valid.from_ not in fact.key:
        yield Problem(
            "error", "history-key", f"By its key, {fact.name!r} has one row for each entity, and no history.",
            catalog.place(fact, "key"), f"Add {valid.from_!r} to the key.",
        )  # fmt: skip


def _derived(catalog: Catalog, fact: Fact, parent: Fact) -> Iterator[Problem]:
    for (kind, name, path), expression in catalog.expressions.items():
        if (kind, name) == ("fact", fact.name):
            for column in sorted(expression.columns):
                if _history(catalog, parent, column):
                    yield Problem(
                        "error", "history-in-derived", f"{column!r} has had several values, and nothing says at which "
                        "instant a derived fact reads it.", catalog.place(fact, *path),
                        "Read it in the metric: a metric has an instant.",
                    )  # fmt: skip


def _metric(catalog: Catalog, metric: RowMetric, fact: Fact) -> Iterator[Problem]:
    at = metric.instant(fact) or ""
    known = scope(fact, catalog.facts).columns
    if _history(catalog, fact, at):
        yield Problem(
            "error", "history-instant", f"Which version {at!r} is of depends on the instant, and it would decide that.",
            catalog.place(metric, "at"), "Name a column of the fact itself.",
        )  # fmt: skip
    named = {
        c
        for (k, n, _), e in catalog.expressions.items()
        if (k, n) == ("metric", metric.name)
        for c in e.columns
    }
    for path in sorted({*named, *metric.by, metric.clock}):
        target = _history(catalog, fact, path)
        if target and target.valid and known.get(at) == "date":
            begin = target.columns.get(target.valid.from_)
            if begin and begin.type == "instant" and metric.dimensions == "as_was":
                yield Problem(
                    "error", "history-instant", f"{path!r} has versions by the instant, and a row of {fact.name!r} "
                    "counts by its date.", catalog.place(metric, "of"),
                    "Let the versions begin on dates, count by an instant, or read them as they are: "
                    "`dimensions: as_is`.",
                )  # fmt: skip


def _history(catalog: Catalog, fact: Fact, path: str) -> Fact | None:
    """Give the fact with history behind a `reference.column`."""
    reference, dot, _ = path.partition(".")
    column = fact.columns.get(reference) if dot else None
    target = catalog.facts.get(column.references or "") if column else None
    return target if target and target.valid else None
