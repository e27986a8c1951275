"""Targets of published figures, proposed and allotted: what is asked of the engine, what is made of the answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from leadline.catalog import Catalog
from leadline.catalog.cascade import sliced
from leadline.catalog.composition import dimensions, has_units
from leadline.catalog.definitions import Count, Grain, Measure, Metric, Sum
from leadline.catalog.score_rules import aimed, rule_of
from leadline.catalog.weights import measures_of
from leadline.errors import QueryError, suggest
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.observation import FIRM, Observation
from leadline.metrics.periods import Period
from leadline.metrics.published import Published
from leadline.metrics.query import Query, Viewer
from leadline.scorecards import case_mix
from leadline.scorecards.allocation import (
    Allotted,
    Basis,
    Part,
    Reconciled,
    adds_up,
    bottom_up,
    expected_at_mix,
    top_down,
    top_down_total,
)
from leadline.scorecards.proposals import Proposal, propose
from leadline.scorecards.tree import EVERYTHING

PURPOSE = "targets"
_SEASONS: dict[Grain, int] = {"month": 12, "quarter": 4, "week": 52}


@dataclass(frozen=True, slots=True)
class Allotment:
    """How a goal is told to parts: `whole` is the present figure, `level` the depth of each part's unit (0: the top).

    `unlike` are parts with cases of a kind that nobody else has: of them what the whole is stays expected. `left_out`
    are parts without a figure; `reconciled` compares with what scorecards already ask of the parts.
    """

    whole: Observation
    basis: Basis
    allotted: tuple[Allotted, ...]
    level: tuple[int, ...]
    left_out: tuple[str, ...]
    reconciled: Reconciled
    unlike: tuple[str, ...] = ()


def proposed(
    published: Published,
    name: str,
    *,
    viewer: str | Viewer,
    grain: Grain = "month",
    unit: str | None = None,
    ahead: int = 1,
    where: Mapping[str, str] = EVERYTHING,
) -> Proposal:
    """Propose targets for a metric of a unit and a segment (`where`), some periods ahead.

    Raises QueryError with too short a history, where nobody says which way is better, or where the metric is not told
    apart by the segment.
    """
    metric = published.metric(name)
    columns = _columns(published.catalog, metric, where)
    if metric.direction is None:
        raise QueryError(
            f"Nobody says which way is better for {name!r}.",
            code="no-direction",
            hint="Give it a `direction`.",
        )
    asked = [Query(name, viewer, PURPOSE, grain=grain, unit=unit, where=columns)]
    latest = published.latest_complete(name, grain)
    inside = _top(published.catalog, unit)
    if latest and has_units(published.catalog, metric) and inside:
        asked.append(
            Query(
                name,
                viewer,
                PURPOSE,
                grain=grain,
                unit=inside,
                by_unit=True,
                since=latest.start,
                until=latest.end,
                where=columns,
            )
        )
    answers = evaluate_many(published, asked)
    history = [o.value for o in answers[0] if o.status in FIRM and o.value is not None]
    peers = [o.value for o in answers[1] if o.value is not None] if len(answers) > 1 else []
    measure = next(_measures(published.catalog, name, unit, where=where), None)
    found = propose(
        history,
        better=1 if metric.direction == "higher" else -1,
        ahead=ahead,
        season=_SEASONS.get(grain, 1),
        peers=peers,
        benchmarks=dict(measure.benchmarks) if measure else None,
        expectation=measure.expectation if measure else None,
    )
    if found is None:
        raise QueryError(
            f"{name!r} has {len(history)} final periods; a proposal needs eight.", code="short-history",
            hint="Ask for a finer grain, or set the target by a benchmark.",
        )  # fmt: skip
    return found


def allotted(
    published: Published,
    name: str,
    goal: float,
    *,
    viewer: str | Viewer,
    basis: Basis = "own",
    unit: str | None = None,
    mix: str | None = None,
    by: str | None = None,
    period: Period | None = None,
) -> Allotment:
    """Tell a goal to all units below one (default: the top), or to the values of a column (`by`), as an agent's.

    `mix` names the column of kinds of cases for the basis `mix`. Raises QueryError where the metric's parts do not make
    up its whole by their rows, or a column is none of the metric's.
    """
    catalog, metric = published.catalog, published.metric(name)
    if (basis == "mix") != (mix is not None):
        raise QueryError(
            "A mix needs its column, and a column the basis mix.", code="usage", hint="Add --mix COLUMN."
        )
    for column in (mix, by):
        if column is not None and column not in dimensions(catalog, metric):
            raise QueryError(
                f"{name!r} is not sliced by {column!r}.", code="unknown-column",
                hint=suggest(column, dimensions(catalog, metric)) or "Add it to the metric's `by`.",
            )  # fmt: skip
    chosen = period or published.latest_complete(name, "month")
    if chosen is None:
        raise QueryError(f"{name!r} has no rows yet.", code="no-rows", hint="Refresh first.")
    asking = _Asking(published, metric, viewer, chosen, unit, by, mix)
    whole, parts, levels, left_out = asking.parts()
    if whole.value is None or not parts:
        raise QueryError(
            f"{name!r} has no figure to allot in {chosen.label}.", code="no-rows", hint="Name a --period."
        )
    own = [part for part, level in zip(parts, levels, strict=True) if level == 1]
    additive = isinstance(metric, Count | Sum)
    if not additive and not adds_up(whole.value, own):
        raise QueryError(
            f"The parts of {name!r} do not make up the whole by their rows, so a goal cannot be told to them.",
            code="not-allocable", hint="Allot a share, a mean, a count or a sum; or parts that leave nothing out.",
        )  # fmt: skip
    made = top_down_total(goal, own) if additive else top_down(goal, whole.value, own, basis)
    if not additive and len(parts) > len(own):
        gain = made[0].goal - made[0].base
        made = tuple(_given(part, whole.value, basis, gain) for part in parts)
    elif additive:
        made = tuple(
            Allotted(p, p.value, goal * p.value / whole.value if whole.value else 0.0) for p in parts
        )
    unlike = tuple(one.name for one in parts if mix is not None and not additive and one.expected is None)
    added = bottom_up(goal, own, additive=additive)
    return Allotment(whole, basis, made, tuple(levels), left_out, added, unlike)


def _given(part: Part, whole: float, basis: Basis, gain: float) -> Allotted:
    base = (
        part.value
        if basis == "own"
        else part.expected
        if basis == "mix" and part.expected is not None
        else whole
    )
    return Allotted(part, base, base + gain)


@dataclass(frozen=True)
class _Asking:
    """What is asked to allot one goal."""

    published: Published
    metric: Metric
    viewer: str | Viewer
    period: Period
    unit: str | None
    by: str | None
    mix: str | None

    def parts(self) -> tuple[Observation, list[Part], list[int], tuple[str, ...]]:
        """Give the whole, its parts with their levels, and those that have no figure."""
        catalog, top = self.published.catalog, _top(self.published.catalog, self.unit)
        if self.by:
            names: list[str] = []
            queries = [self._query(self.unit), self._query(self.unit, self.by)]
        else:
            if top is None or not has_units(catalog, self.metric):
                raise QueryError(
                    f"{self.metric.name!r} is not told apart by unit.",
                    code="not-allocable",
                    hint="Name a column: --by.",
                )
            names = _below(catalog, top)
            if not names:
                raise QueryError(
                    f"There is no unit below {top!r}.", code="not-allocable", hint="Name a column: --by."
                )
            queries = [self._query(top), *(self._query(name) for name in names)]
        answers = evaluate_many(self.published, queries)
        whole = answers[0][0]
        seen = answers[1] if self.by else [answer[0] for answer in answers[1:] if answer]
        mixes = self._mixes(top, names)
        parts, levels, left_out = [], [], []
        for one in seen:
            name = (one.slice.partition("=")[2] or "(none)") if self.by else one.unit or ""
            if one.value is None or not one.n:
                left_out.append(name)
                continue
            declared = None if self.by else self._declared(name)
            parts.append(Part(name, one.value, one.n, mixes.get(name), declared))
            levels.append(
                1 if self.by else len(catalog.units.ancestors(name)) - len(catalog.units.ancestors(top or ""))
            )
        return whole, parts, levels, tuple(left_out)

    def _query(self, unit: str | None, *by: str) -> Query:
        return Query(
            self.metric.name, self.viewer, PURPOSE, grain=self.period.grain, unit=unit, by=tuple(by),
            since=self.period.start, until=self.period.end,
        )  # fmt: skip

    def _mixes(self, top: str | None, names: Sequence[str]) -> dict[str, float | None]:
        """Give what is expected of each part at its mix of cases."""
        if self.mix is None:
            return {}
        top = self.unit if self.by else top
        queries = [self._query(top, self.mix)]
        queries += (
            [self._query(top, self.by, self.mix)]
            if self.by
            else [self._query(name, self.mix) for name in names]
        )
        # however few cases of a kind a part has, they count: only what they come to together is told
        asked = [replace(query, viewer=case_mix.PURPOSE, purpose=case_mix.PURPOSE) for query in queries]
        answers = evaluate_many(case_mix.counted(self.published, self.metric.name), asked)
        known = {o.slice.partition("=")[2]: o.value for o in answers[0] if o.value is not None}
        own: dict[str, dict[str, int]] = {}
        for name, answer in zip(names or [""], answers[1:], strict=True):
            for one in answer:
                values = dict(part.partition("=")[::2] for part in one.slice.split(", "))
                part = values.get(self.by, "") or "(none)" if self.by else name
                own.setdefault(part, {})[values.get(self.mix, "")] = one.n or 0
        return {name: expected_at_mix(counts, known) for name, counts in own.items()}

    def _declared(self, unit: str) -> float | None:
        catalog, day = self.published.catalog, self.period.end - timedelta(days=1)
        measure = next(_measures(catalog, self.metric.name, unit, exact=True), None)
        own = next(
            (m for m in _measures(catalog, self.metric.name, unit) if any(t.unit == unit for t in m.targets)),
            None,
        )
        found = measure or own
        rule = rule_of(aimed(found, catalog.units, unit, day)) if found else None
        return rule.goal if rule else None


def _columns(catalog: Catalog, metric: Metric, where: Mapping[str, str]) -> Mapping[str, str]:
    """Give a segment in a metric's own columns. Raises QueryError where it is not told apart so."""
    columns = sliced(catalog, metric, where)
    if columns is None:
        raise QueryError(
            f"{metric.name!r} is not sliced by {', '.join(where)}.", code="unknown-column",
            hint="Add it to the metric's `by`.",
        )  # fmt: skip
    return columns


def _measures(
    catalog: Catalog,
    metric: str,
    unit: str | None,
    *,
    exact: bool = False,
    where: Mapping[str, str] = EVERYTHING,
) -> Iterator[Measure]:
    """Give the scored measures of a metric for a unit and segment; with none, unless `exact`, those for everything.

    Those of the very segment come first; those of another segment never.
    """
    cards = sorted(catalog.scorecards.items(), key=lambda one: (one[1].where != where, one[0]))
    found = [
        (measure, measure.unit or card.unit)
        for _, card in cards
        if card.where.items() <= where.items()
        for measure in measures_of(card)
        if measure.metric == metric
    ]
    yield from (measure for measure, of in found if of == unit)
    if not exact:
        yield from (measure for measure, of in found if of is None and unit is not None)


def _below(catalog: Catalog, unit: str) -> list[str]:
    """Give every unit below one, each right below the one above it."""
    return [name for child in catalog.units.children(unit) for name in (child, *_below(catalog, child))]


def _top(catalog: Catalog, unit: str | None) -> str | None:
    return unit or (catalog.units.roots[0] if len(catalog.units.roots) == 1 else None)
