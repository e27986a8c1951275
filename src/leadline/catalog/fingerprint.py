"""Two hashes of a definition: its meaning (all that decides figures) and its metadata (all that only describes).

Formatting, comments, the order of keys, defaults written out and parentheses that change nothing leave both alone; a
meaning covers what it stands on: a metric's includes the columns it uses, their fact, and what that derives from.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from leadline.catalog.compiled import ExpressionKey
from leadline.catalog.definitions import (
    Calendar,
    CheckBase,
    Conversion,
    Cumulative,
    Definition,
    Derived,
    DetectorBase,
    Distinct,
    Duration,
    Fact,
    Identity,
    Incentive,
    Index,
    Metric,
    MetricBase,
    Policy,
    Project,
    Reconciliation,
    ResolvedColumn,
    RowMetric,
    Scorecard,
    Source,
    Stock,
    TradeOff,
    Valued,
    Workflow,
)
from leadline.catalog.definitions.base import Model
from leadline.catalog.expressions import Expression
from leadline.catalog.units import UnitTree

Canonical: TypeAlias = "str | int | float | bool | list[Canonical] | dict[str, Canonical] | None"
Path_: TypeAlias = tuple[str | int, ...]

UNORDERED = frozenset(
    {
        "key",
        "by",
        "null_values",
        "codes",
        "one_of",
        "tags",
        "consulted",
        "informed",
        "sources",
        "ignore",
        "members",
        "domains",
        "adaptable",
    }
)
"""Lists whose order means nothing."""

_BUSINESS_TIME = frozenset({"business_hours", "holidays"})
"""Keys of a calendar that decide only what counts business time."""


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
    policy: Policy | None = None
    identities: Mapping[str, Identity] = field(default_factory=dict)
    scorecards: Mapping[str, Scorecard] = field(default_factory=dict)
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
            self.known[key] = Fingerprint("", "")  # what goes in a circle, an error of its own, ends here
            meaning, metadata = self._split(definition, definition, ())
            meaning["stands on"] = self._beneath(definition)
            self.known[key] = Fingerprint(digest(meaning), digest(metadata))
        return self.known[key]

    def under(self, definition: Definition) -> Canonical:
        """Give what a definition's meaning covers beside its own text, as it is hashed: for telling what changed."""
        return self._beneath(definition)

    def _split(
        self, definition: Definition, part: Model, path: Path_
    ) -> tuple[dict[str, Canonical], dict[str, Canonical]]:
        """Part what decides figures from what describes; a default is the same as nothing."""
        described: frozenset[str] = getattr(type(part), "described_by", Definition.described_by)
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
            meaning[name] = sorted(ours, key=str) if name in UNORDERED and isinstance(ours, list) else ours
            if theirs:
                metadata[name] = theirs
        return meaning, metadata

    def _canonical(self, definition: Definition, value: object, path: Path_) -> tuple[Canonical, Canonical]:
        """Give the meaning and the metadata of a value, with expressions as their normalised text."""
        if isinstance(value, Model):
            return self._split(definition, value, path)
        if isinstance(value, Mapping):
            pairs = {
                str(k): self._canonical(definition, v, (*path, str(k)))
                for k, v in value.items()
                if not isinstance(v, ResolvedColumn)
            }
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
        if isinstance(value, date):
            return value.isoformat(), None
        return (value if isinstance(value, bool | int | float) else None), None

    def _beneath(self, definition: Definition) -> Canonical:
        """Give the meaning of what a definition stands on."""
        if isinstance(definition, RowMetric):
            return self._under_metric(definition)
        if isinstance(definition, MetricBase):
            return self._under_composed(definition)
        if isinstance(definition, Source):
            fact = self.facts.get(definition.fact)
            codes: Canonical = dict(self.units.by_code)
            return [self._whole(fact), self.project.time_zone, codes] if fact else None
        if isinstance(definition, CheckBase | DetectorBase):
            looked_at = self.facts.get(definition.of)
            return [self._whole(looked_at), self.project.time_zone] if looked_at else None
        if isinstance(definition, Identity):
            fact = self.facts.get(definition.of)
            return self._used(fact, self.named.get(("identity", definition.name), ())) if fact else None
        if isinstance(definition, Fact) and definition.from_:
            return self._used(definition, definition.columns)
        if isinstance(definition, Workflow):
            return definition.initial  # the order of the others means nothing
        return self._above_metrics(definition)

    def _above_metrics(self, definition: Definition) -> Canonical:
        """Give the meanings of the metrics and scorecards that something is made of."""
        read: set[str] = set()
        cards: set[str] = set()
        match definition:
            case Reconciliation():
                read = {definition.left, definition.right}
            case TradeOff():
                read = {side.metric for side in definition.sides}
            case Scorecard():
                read = {m.metric for p in definition.perspectives for o in p.objectives for m in o.measures}
            case Incentive():
                read = {gate.metric for gate in definition.gates if gate.metric}
                together = definition.together.scorecard if definition.together else definition.scorecard
                cards = {definition.scorecard, together}
            case _:
                return None
        found: dict[str, Canonical] = {
            name: self.of(self.metrics[name]).meaning for name in sorted(read & self.metrics.keys())
        }
        for name in sorted(cards & self.scorecards.keys()):
            found[f"scorecard {name}"] = self.of(self.scorecards[name]).meaning
        return found

    def _under_metric(self, metric: RowMetric) -> Canonical:
        fact = self.facts.get(metric.of)
        if fact is None:
            return None
        columns = set(metric.by) | {metric.instant(fact) or ""} | self._also_read(metric)
        columns |= {metric.cluster or "", *(metric.raked.to if metric.raked else ())}
        columns |= self.named.get(("metric", metric.name), set())
        zones: Canonical = self.project.time_zone
        if metric.clock not in {"project", "unit"}:
            columns.add(metric.clock)
        if metric.clock == "unit":
            zones = {name: self.units.time_zone(name) for name in self.units.names}
        later: Canonical = None
        if isinstance(metric, Conversion) and metric.followed_by.fact in self.facts:
            following = metric.followed_by
            other = self.facts[following.fact]
            named = self.expressions.get(("metric", metric.name, ("followed_by", "where")))
            read = {following.at or other.at or "", following.entity or metric.entity, *following.same}
            later = self._used(other, read | (set(named.columns) if named else set()))
        business = (
            self._counts_business_time("metric", metric.name) or getattr(metric, "hours", "") == "business"
        )
        found: list[Canonical] = [self._used(fact, columns), zones, self._calendar(business=business), later]
        if isinstance(metric, Valued) and metric.money is not None:
            rates = self.facts["exchange_rate"]
            found.append(self._used(rates, rates.columns))
        if rights := self.rights(metric.purpose or self.project.purpose):
            found.append(rights)
        return found

    def rights(self, name: str | None) -> Canonical:
        """Give what decides which rows may be used for a purpose, where customers' words do; else None."""
        purpose = self.policy.purposes.get(name or "") if self.policy else None
        if self.policy is None or name is None or purpose is None or not purpose.asks:
            return None
        whole = self._split(self.policy, self.policy, ())[0]
        kept = ("jurisdiction", "jurisdictions", "elsewhere", "without_customer")
        about = {key: whole[key] for key in kept if key in whole}
        customer, reaches = self.facts.get("customer"), self.policy.withdrawal_reaches
        if reaches and customer:
            about["withdrawal reaches"] = [reaches, self._used(customer, {reaches})]
        return {**about, "purpose": name, "asks": self._split(self.policy, purpose, ("purposes", name))[0]}

    def _also_read(self, metric: RowMetric) -> set[str]:
        """Name the columns that a metric names outside of expressions."""
        match metric:
            case Stock():
                return {metric.until, metric.money.currency if metric.money else ""}
            case Valued() if metric.money is not None:
                return {metric.money.currency}
            case Duration():
                return {metric.until}
            case Distinct():
                return {metric.entity}
            case Conversion():
                return {metric.entity, *metric.followed_by.same}
            case _:
                return set()

    def _under_composed(self, metric: MetricBase) -> Canonical:
        """Give the meaning of the metrics that a composed one is made of."""
        match metric:
            case Derived():
                names = self.named.get(("metric", metric.name), set())
            case Index():
                names = {part.metric for part in metric.parts}
            case Cumulative():
                names = {metric.metric}
            case _:
                names = set()
        found = {name: self.metrics[name] for name in sorted(names - {metric.name}) if name in self.metrics}
        return [{name: self.of(part).meaning for name, part in found.items()}, self._calendar(business=False)]

    def _counts_business_time(self, kind: str, name: str) -> bool:
        """Tell whether an expression of a definition counts the calendar's business time."""
        metric = self.metrics.get(name) if kind == "metric" else None
        if isinstance(metric, Duration) and metric.hours == "business":
            return True
        mine = (e for (k, n, _), e in self.expressions.items() if (k, n) == (kind, name))
        return any(expression.uses("BUSINESS_MINUTES") for expression in mine)

    def _calendar(self, *, business: bool) -> Canonical:
        """Give the meaning of the calendar: its periods, and, where it counts, its business time."""
        meaning = self._split(self.calendar, self.calendar, ())[0]
        return {key: part for key, part in meaning.items() if business or key not in _BUSINESS_TIME}

    def _used(self, fact: Fact, columns: Iterable[str]) -> Canonical:
        """Give the meaning of a fact as far as some of its columns, key, instant and unit are concerned."""
        wanted = {*columns, *fact.key, fact.at or "", fact.unit or ""}
        if fact.valid:
            wanted |= {fact.valid.from_, fact.valid.until or ""}
        own = {name.partition(".")[0] for name in wanted} & fact.columns.keys()
        meaning = self._part(fact, fact, ())
        described = {name: self._part(fact, fact.columns[name], ("columns", name)) for name in own}
        used: dict[str, Canonical] = {**meaning, "columns": dict(described)}
        if who := {c.resolved_by for n in own if isinstance(c := fact.columns[n], ResolvedColumn)}:
            used["resolved"] = {name: self.of(self.identities[name]).meaning for name in sorted(who)}
        used["behind"] = {name: self._behind(fact, *name.split(".", 1)) for name in wanted if "." in name}
        parent = self.facts.get(fact.from_ or "")
        if parent:
            paths = [("where",), ("spread", "lasting"), *(("columns", name, "as") for name in own)]
            parsed = [self.expressions.get(("fact", fact.name, path)) for path in paths]
            if self._counts_business_time("fact", fact.name):
                used["business time"] = self._calendar(business=True)
            read = {c for e in parsed if e for c in e.columns} | set(fact.key)
            read |= fact.stitch.columns if fact.stitch else set()
            read |= {fact.spread.until} if fact.spread else set()
            if fact.versions:
                read |= {fact.versions.instant, *fact.versions.columns}
            used["derived from"] = self._used(parent, read)
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
