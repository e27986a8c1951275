"""What people decided about figures: suspended in an outage, or stated otherwise by hand; shown, never put in place.

A suspended figure keeps its value and is neither scored nor a finding; a stated value stands beside the computed one
with who, who agreed, and why. Both end: a suspension with its last day, an override when it is lifted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from leadline.catalog.catalog import Catalog
from leadline.catalog.federation import beneath
from leadline.metrics.observation import Notice, Observation, Stated

COVERS = 0.1
"""A figure is suspended where an outage covers this share of its period's days or more; else it is said beside it."""


@dataclass(frozen=True, slots=True)
class Suspension:
    """A metric is not to be relied on from a day on, in a unit and all below it, or everywhere (None).

    `until` is the first day on which it is again; None: nobody knows yet.
    """

    id: str
    metric: str
    unit: str | None
    since: date
    until: date | None
    reason: str
    item: str
    by: str

    def days(self, start: date, end: date) -> int:
        """Count the days of a period (end exclusive) that lie in the outage."""
        last = end if self.until is None else min(end, self.until)
        return max((last - max(start, self.since)).days, 0)


@dataclass(frozen=True, slots=True)
class Override:
    """One figure that is stated otherwise, by whom, who agreed, and why. `computed` is what it was then."""

    id: str
    metric: str
    period: str
    unit: str | None
    slice: str
    value: float
    computed: float | None
    reason: str
    item: str
    by: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class Ending:
    """A metric whose end has begun: how far it is, the day from which it may be retired, and what to use instead."""

    metric: str
    stage: Literal["deprecated", "sunset"]
    ends: date | None
    replaced_by: str

    def __str__(self) -> str:
        """Say it in sentences."""
        day = f", its sunset is on {self.ends}" if self.ends else ""
        instead = f" Use {self.replaced_by} instead." if self.replaced_by else ""
        return f"{self.metric} is deprecated{day}.{instead}"

    def of(self, metric: str) -> Notice:
        """Give what figures of the metric, or of one that is made of it, are to say."""
        said = str(self) if metric == self.metric else f"It is made of {self.metric}. {self}"
        return Notice(self.stage, said)


@dataclass(frozen=True, slots=True)
class Emergency:
    """A version of a metric that was put into force without approval, and by which request: said for ever."""

    metric: str
    version: int
    request: str

    @property
    def notice(self) -> Notice:
        """Give what figures by this version are to say."""
        return Notice(
            "emergency",
            f"Version {self.version} of {self.metric} was put into force in an emergency, "
            f"by {self.request.removesuffix('(emergency)').strip().replace('_', ' ')}.",
        )


@dataclass(frozen=True)
class Marks:
    """Everything that is in force; `number` grows with every decision, so that what was kept can be told from it."""

    suspensions: tuple[Suspension, ...] = ()
    overrides: tuple[Override, ...] = ()
    number: int = 0
    endings: tuple[Ending, ...] = ()
    emergencies: tuple[Emergency, ...] = ()
    _touching: dict[tuple[Catalog, str, str | None], list[Suspension]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What was found to touch a metric in a unit: asked for every figure of a page, and the same for all of them."""

    def of(self, catalog: Catalog, metric: str, unit: str | None) -> list[Suspension]:
        """Give the suspensions that touch a metric, or what it is made of, in a unit."""
        if not self.suspensions:
            return []
        asked = (catalog, metric, unit)
        if asked not in self._touching:
            self._touching[asked] = self._found(catalog, metric, unit)
        return self._touching[asked]

    def _found(self, catalog: Catalog, metric: str, unit: str | None) -> list[Suspension]:
        definition = catalog.metrics.get(metric)
        names = {metric, *(beneath(catalog, definition) if definition is not None else ())}
        above = {None, unit, *(catalog.units.ancestors(unit) if unit in catalog.units.entries else ())}
        return [one for one in self.suspensions if one.metric in names and one.unit in above]

    def suspended(
        self, catalog: Catalog, metric: str, unit: str | None, start: date, end: date
    ) -> tuple[Suspension, int] | None:
        """Give the suspension that covers most of a period, with its days, where it covers enough to suspend it."""
        found = [(one, one.days(start, end)) for one in self.of(catalog, metric, unit)]
        if not found:
            return None
        longest = max(found, key=lambda pair: pair[1])
        return longest if longest[1] >= COVERS * (end - start).days else None

    def applied(self, catalog: Catalog, metric: str, answer: Sequence[Observation]) -> list[Observation]:
        """Give observations with what was decided about them."""
        notices, hasty = self.ends(catalog, metric), [e for e in self.emergencies if e.metric == metric]
        if notices or hasty:
            answer = [
                replace(one, notices=(*notices, *(e.notice for e in hasty if e.version == one.version)))
                for one in answer
            ]
        if not self.suspensions and not self.overrides:
            return list(answer)
        overrides = [one for one in self.overrides if one.metric == metric]
        return [self._marked(catalog, metric, overrides, one) for one in answer]

    def ends(self, catalog: Catalog, metric: str) -> tuple[Notice, ...]:
        """Give what is to be said of the end of a metric, or of what it is made of."""
        if not self.endings:
            return ()
        definition = catalog.metrics.get(metric)
        names = {metric, *(beneath(catalog, definition) if definition is not None else ())}
        return tuple(one.of(metric) for one in self.endings if one.metric in names)

    def _marked(
        self, catalog: Catalog, metric: str, overrides: Sequence[Override], one: Observation
    ) -> Observation:
        for override in overrides:
            same = (override.period, override.unit, override.slice)
            if same == (one.period, one.unit, one.slice) and one.status != "suppressed":
                stated = Stated(
                    override.value, override.by, override.approved_by, override.reason, override.item
                )
                one = replace(one, stated=stated)
        touching = self.of(catalog, metric, one.unit)
        if not touching:
            return one
        suspension = self.suspended(catalog, metric, one.unit, one.start, one.end)
        if suspension is not None and one.value is not None:
            return replace(one, status="suspended", note=_joined(said(*suspension, one), one.note))
        touched = [(s, s.days(one.start, one.end)) for s in touching]
        few = [said(s, days, one) for s, days in touched if days]
        return replace(one, note=_joined(*few, one.note)) if few and one.value is not None else one


def said(suspension: Suspension, days: int, one: Observation) -> str:
    """Say an outage and how much of a figure's period it covers."""
    until = f" to {suspension.until}" if suspension.until else " on"
    what = "" if suspension.metric == one.metric else f" of {suspension.metric}"
    where = f" in {suspension.unit}" if suspension.unit else ""
    whole = (one.end - one.start).days
    return (
        f"Outage{what}{where} from {suspension.since}{until}, {days} of {whole} days: "
        f"{suspension.reason.rstrip('.')} ({suspension.item})."
    )


def _joined(*notes: str) -> str:
    return " ".join(filter(None, notes))


def in_force(
    suspensions: Iterable[Suspension],
    overrides: Iterable[Override],
    number: int,
    endings: Iterable[Ending] = (),
    emergencies: Iterable[Emergency] = (),
) -> Marks:
    """Give the marks in force, in a stable order."""
    return Marks(
        tuple(sorted(suspensions, key=lambda s: (s.metric, s.since, s.id))),
        tuple(sorted(overrides, key=lambda o: (o.metric, o.period, o.id))),
        number,
        tuple(sorted(endings, key=lambda e: e.metric)),
        tuple(sorted(emergencies, key=lambda e: (e.metric, e.version))),
    )
