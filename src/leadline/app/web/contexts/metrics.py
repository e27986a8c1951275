"""The list of metrics, and one metric: its trend, slices, meaning, lineage."""

from dataclasses import dataclass
from typing import ClassVar

from leadline.app.web.charts.specs import BridgeSpec, BulletSpec, Change, IntervalSpec, SparkSpec, TrendSpec
from leadline.app.web.contexts.pieces import (
    Alert,
    Document,
    Figure,
    FindingLine,
    Link,
    Mark,
    Picker,
    Shell,
    VersionLine,
)
from leadline.app.web.contexts.standing import NO_RECORD, FigureRecord
from leadline.app.web.contexts.work import NO_WORK, WorkBox


@dataclass(frozen=True, slots=True)
class MetricLine:
    """One metric in the list."""

    metric: Link
    description: str
    type: str
    facts: tuple[Link, ...]
    owner: str
    figure: Figure
    spark: SparkSpec
    previous: Change | None


@dataclass(frozen=True, slots=True)
class MetricsPage:
    """Every metric, or those that answer a search. `count` says how many."""

    template: ClassVar[str] = "metrics/list.html"

    shell: Shell
    count: str
    lines: tuple[MetricLine, ...]
    column: str


@dataclass(frozen=True, slots=True)
class Target:
    """What one scorecard asks of the metric."""

    scorecard: Link
    objective: str
    goal: str
    red_flag: str
    mark: Mark
    score: str
    bullet: BulletSpec


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where the figure comes from and where it is used, left to right."""

    sources: tuple[Link, ...]
    facts: tuple[Link, ...]
    metric: str
    scorecards: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class MarkLine:
    """What a mark on the trend means: its short name, in words, and the way to what was decided."""

    short: str
    text: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class MetricPage:
    """One metric for one unit, slice and grain, with one period in focus.

    `sentence` is the page's message; `rights` says how much of the figure there is a right to, where customers decide,
    and what it does to the figure that the rest is left out; `trend` None: no period has a figure. `breakdowns` compare
    units and slices. `alerts` stand above all else; `marked` says what is marked on the trend; `bridges` what of the
    figure is the definition.
    """

    template: ClassVar[str] = "metrics/page.html"

    shell: Shell
    title: str
    description: str
    because: str
    owner: str
    sentence: str
    figure: Figure
    rights: tuple[str, ...]
    mark: Mark | None
    changes: tuple[Change, ...]
    targets: tuple[Target, ...]
    grain: Picker
    period: Picker
    unit: Picker
    slice: Picker | None
    trend: TrendSpec | None
    breakdowns: tuple[IntervalSpec, ...]
    document: Document
    lineage: Lineage
    versions: tuple[VersionLine, ...]
    findings: tuple[FindingLine, ...]
    troubles: tuple[Link, ...]
    work: WorkBox = NO_WORK
    alerts: tuple[Alert, ...] = ()
    marked: tuple[MarkLine, ...] = ()
    bridges: tuple[BridgeSpec, ...] = ()
    record: FigureRecord = NO_RECORD
    history: str = ""
