"""Two hashes of a definition: its meaning (all that decides figures) and its metadata (all that only describes).

Formatting, comments, the order of keys, defaults written out and parentheses that change nothing leave both alone; a
meaning covers what it stands on: a metric's includes the columns it uses, their fact, and what that derives from.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from leadline.catalog.compiled import ExpressionKey
from leadline.catalog.definitions import (
    Calendar,
    Definition,
    Fact,
    Metric,
    MetricBase,
    Project,
    Scorecard,
    Source,
)
from leadline.catalog.definitions.base import Model
from leadline.catalog.expressions import Expression
from leadline.catalog.units import UnitTree

Canonical: TypeAlias = "str | int | float | bool | list[Canonical] | dict[str, Canonical] | None"
Path_: TypeAlias = tuple[str | int, ...]

_UNORDERED = frozenset({"key", "by", "null_values", "codes", "one_of", "tags", "consulted", "informed"})
"""Lists whose order means nothing."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """SHA-256, in hexadecimal, of what a definition means and of what only describes it."""

    meaning: str
    metadata: str


def digest(value: Canonical) -> str:
    """Hash a canonical value: JSON with sorted keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(slots=True)
class Fingerprints:
    """Fingerprints of one catalog's definitions, each worked out once."""

    project: Project
    calendar: Calendar
    units: UnitTree
    facts: Mapping[str, Fact]
    metrics: Mapping[str, Metric]
    expressions: Mapping[ExpressionKey, Expression]
    known: dict[tuple[str, str], Fingerprint] = field(default_factory=dict)
    named: dict[tuple[str, str], set[str]] = field(init=False)
    parts: dict[tuple[str, Path_], dict[str, Canonical]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Note which columns the expressions of each definition name."""
        self.named = {}
        for (kind, name, _), expression in self.expressions.items():
            self.named.setdefault((kind, name), set()).update(expression.columns)

    def of(self, definition: Definition) -> Fingerprint:
        """Give a definition's fingerprint."""
        key = (definition.kind, definition.name)
        if key not in self.known:
            meaning, metadata = self._split(definition, definition, ())
            meaning["stands on"] = self._beneath(definition)
            self.known[key] = Fingerprint(digest(meaning), digest(metadata))
        return self.known[key]

    def _split(
        self, definition: Definition, part: Model, path: Path_
    ) -> tuple[dict[str, Canonical], dict[str, Canonical]]:
        """Part what decides figures from what describes; a default is the same as nothing."""
        described = definition.described_by if part is definition else Definition.described_by
        meaning: dict[str, Canonical] = {}
        metadata: dict[str, Canonical] = {}
        for name, info in type(part).model_fields.items():
            value = getattr(part, name)
            if not info.is_required() and value == info.get_default(call_default_factory=True):
                continue
            ours, theirs = self._canonical(definition, value, (*path, info.alias or name))
            if name in described:
                metadata[name] = [ours, theirs]
                continue
            meaning[name] = sorted(ours, key=str) if name in _UNORDERED and isinstance(ours, list) else ours
            if theirs:
                metadata[name] = theirs
        return meaning, metadata

    def _canonical(self, definition: Definition, value: object, path: Path_) -> tuple[Canonical, Canonical]:
        """Give the meaning and the metadata of a value, with expressions as their normalised text."""
        if isinstance(value, Model):
            return self._split(definition, value, path)
        if isinstance(value, Mapping):
            pairs = {str(k): self._canonical(definition, v, (*path, str(k))) for k, v in value.items()}
            return {k: m for k, (m, _) in pairs.items()}, {k: d for k, (_, d) in pairs.items() if d}
        if isinstance(value, Sequence) and not isinstance(value, str):
            items = [self._canonical(definition, v, (*path, i)) for i, v in enumerate(value)]
            about = [d for _, d in items]
            return [m for m, _ in items], about if any(about) else None
        if isinstance(value, str):
            found = self.expressions.get((definition.kind, definition.name, path))
            return (_normal(found) if found else value), None
        if isinstance(value, float) and value.is_integer():
            return int(value), None
        return (value if isinstance(value, bool | int | float) else None), None

    def _beneath(self, definition: Definition) -> Canonical:
        """Give the meaning of what a definition stands on."""
        if isinstance(definition, MetricBase):
            return self._under_metric(definition)
        if isinstance(definition, Source):
            fact = self.facts.get(definition.fact)
            codes: Canonical = dict(self.units.by_code)
            return [self._whole(fact), self.project.time_zone, codes] if fact else None
        if isinstance(definition, Fact) and definition.from_:
            return self._used(definition, definition.columns)
        if isinstance(definition, Scorecard):
            measured = {m.metric for p in definition.perspectives for o in p.objectives for m in o.measures}
            return {name: self.of(self.metrics[name]).meaning for name in measured if name in self.metrics}
        return None

    def _under_metric(self, metric: MetricBase) -> Canonical:
        fact = self.facts.get(metric.of)
        if fact is None:
            return None
        columns = set(metric.by) | {metric.at or fact.at or ""}
        columns |= self.named.get(("metric", metric.name), set())
        zones: Canonical = self.project.time_zone
        if metric.clock == "unit":
            zones = {name: self.units.time_zone(name) for name in self.units.names}
        return [self._used(fact, columns), zones, self._split(self.calendar, self.calendar, ())[0]]

    def _used(self, fact: Fact, columns: Iterable[str]) -> Canonical:
        """Give the meaning of a fact as far as some of its columns, key, instant and unit are concerned."""
        wanted = {*columns, *fact.key, fact.at or "", fact.unit or ""}
        own = {name.partition(".")[0] for name in wanted} & fact.columns.keys()
        meaning = self._part(fact, fact, ())
        described = {name: self._part(fact, fact.columns[name], ("columns", name)) for name in own}
        used: dict[str, Canonical] = {**meaning, "columns": dict(described)}
        used["behind"] = {name: self._behind(fact, *name.split(".", 1)) for name in wanted if "." in name}
        parent = self.facts.get(fact.from_ or "")
        if parent:
            paths = [("where",), *(("columns", name, "as") for name in own)]
            parsed = [self.expressions.get(("fact", fact.name, path)) for path in paths]
            used["derived from"] = self._used(
                parent, {c for e in parsed if e for c in e.columns} | set(fact.key)
            )
        return used

    def _behind(self, fact: Fact, reference: str, column: str) -> Canonical:
        """Give the meaning of a column behind a reference."""
        target = (
            self.facts.get(fact.columns[reference].references or "") if reference in fact.columns else None
        )
        return self._used(target, {column}) if target else None

    def _whole(self, fact: Fact) -> Canonical:
        return self._part(fact, fact, ())

    def _part(self, fact: Fact, part: Model, path: Path_) -> dict[str, Canonical]:
        """Give the meaning of a fact or of a column of it, worked out once."""
        key = (fact.name, path)
        if key not in self.parts:
            self.parts[key] = self._split(fact, part, path)[0]
        return self.parts[key]


def _normal(expression: Expression) -> str:
    """Give the text that equal expressions share."""
    return expression.tree.sql("duckdb")
