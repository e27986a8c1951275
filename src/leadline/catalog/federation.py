"""Local variants of global metrics: in what they differ, and what of it the global one does not allow.

A variant is a whole definition of its own, so that it can be read by itself; in what it differs is worked out, never
declared, and can therefore not be forgotten.
"""

from dataclasses import dataclass

from leadline.catalog.catalog import Catalog
from leadline.catalog.composition import parts
from leadline.catalog.definitions import Metric, MetricBase

_OWN = frozenset({"name", "kind", "adapts", "in_unit", "adaptable"}) | MetricBase.described_by
"""Keys that say which metric it is, or only describe it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One key that a variant says otherwise, as both say it, and whether the global metric lets it."""

    key: str
    ours: str
    theirs: str
    allowed: bool


def variants(catalog: Catalog, name: str) -> tuple[Metric, ...]:
    """Give the local variants of a metric, by name."""
    return tuple(m for _, m in sorted(catalog.metrics.items()) if m.adapts == name)


def differences(catalog: Catalog, variant: Metric) -> tuple[Difference, ...]:
    """Give in what a variant differs in meaning from the metric that it adapts; nothing where that is not there."""
    whole = catalog.metrics.get(variant.adapts or "")
    if whole is None:
        return ()
    mine, theirs = _said(catalog, variant), _said(catalog, whole)
    keys = sorted(mine.keys() | theirs.keys())
    return tuple(
        Difference(key, mine.get(key, "–"), theirs.get(key, "–"), key in whole.adaptable)
        for key in keys
        if mine.get(key) != theirs.get(key)
    )


def beneath(catalog: Catalog, metric: Metric) -> tuple[str, ...]:
    """Name every metric that a composed one is made of, directly or not; none of a metric over rows."""
    found = list(parts(catalog, metric))
    for name in found:
        part = catalog.metrics.get(name)
        found += [n for n in parts(catalog, part) if n not in found] if part is not None else []
    return tuple(found)


def held_in(catalog: Catalog, name: str) -> tuple[str, ...]:
    """Name the units in which alone a metric has figures, for it is a local variant, or made of one; () everywhere."""
    metric = catalog.metrics[name]
    made_of = (catalog.metrics.get(n) for n in (name, *beneath(catalog, metric)))
    return tuple(sorted({one.in_unit for one in made_of if one is not None and one.in_unit}))


def holds_in(catalog: Catalog, name: str, unit: str | None) -> bool:
    """Tell whether a metric has figures in a unit; asked of everything, a variant answers for its own unit."""
    return unit is None or all(unit in catalog.units.descendants(one) for one in held_in(catalog, name))


def adaptable_keys(metric: Metric) -> frozenset[str]:
    """Give the keys of a metric that could be adapted at all."""
    fields = type(metric).model_fields
    return frozenset(info.alias or name for name, info in fields.items()) - _OWN - {"type"}


def _said(catalog: Catalog, metric: Metric) -> dict[str, str]:
    """Give what a metric says under each key of its meaning, defaults left out, expressions in their one form."""
    found: dict[str, str] = {}
    for name, info in type(metric).model_fields.items():
        key, value = info.alias or name, getattr(metric, name)
        if key in _OWN or (not info.is_required() and value == info.get_default(call_default_factory=True)):
            continue
        expression = catalog.expressions.get((metric.kind, metric.name, (key,)))
        if expression is not None:
            found[key] = expression.tree.sql("duckdb")
        elif isinstance(value, tuple):
            found[key] = ", ".join(map(str, sorted(value, key=str)))
        elif hasattr(value, "model_dump_json"):
            found[key] = value.model_dump_json(by_alias=True, exclude_defaults=True)
        else:
            found[key] = str(value)
    return found
