"""Home: one scorecard for one period and one unit, deviations first."""

from dataclasses import dataclass
from typing import ClassVar

from leadline.app.web.charts.specs import BulletSpec, Change, SparkSpec
from leadline.app.web.contexts.pieces import Alert, Deviation, Figure, FindingLine, Link, Mark, Picker, Shell
from leadline.app.web.contexts.standing import Remark, Standing


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a node of the tree comes to: its status, score of ten, and the share of its weight that has data."""

    mark: Mark
    score: str
    confidence: str
    partly: str = ""
    """The share in few signs, where it is not all."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is wrong with the data of a measure: in a word, and in sentences."""

    word: str
    words: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A figure over a longer stretch of time, or of a year ago; without a value, `words` say why there is none."""

    value: str = ""
    interval: str = ""
    words: str = ""
    href: str = ""
    spoken: str = ""
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Over:
    """A measure over the stretches that a view shows, and how far the last two are apart (None: cannot be told)."""

    stretches: tuple[Stretch, ...]
    change: Change | None


@dataclass(frozen=True, slots=True)
class DriverLine:
    """An objective that is to move this one: how it stands, by which figures, and what these say of the link."""

    objective: Link
    verdict: "Verdict"
    words: str
    mark: Mark
    told: str


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure of the tree. `previous` and `year` are None where there is nothing to compare with."""

    metric: Link
    unit: str
    mark: Mark
    figure: Figure
    target: str
    score: str
    bullet: BulletSpec
    spark: SparkSpec
    previous: Change | None
    year: Change | None
    doubt: Doubt | None = None
    owner: str = ""
    """Who acts on it."""
    weight: str = ""
    """Its share of its objective's score; nothing where it does not count."""
    frozen: Link | None = None
    """What it was when its period was closed, where it is another figure now, and the way to why."""
    over: Over | None = None
    """Over other stretches of time, where the view asks for them."""


@dataclass(frozen=True, slots=True)
class ObjectiveRows:
    """An objective and its measures."""

    objective: Link
    verdict: Verdict
    weight: str
    measures: tuple[MeasureRow, ...]
    owner: str = ""
    """Who acts, and its share of its perspective."""
    drivers: tuple[DriverLine, ...] = ()
    """The objectives that are to move it, where the view asks for them."""


@dataclass(frozen=True, slots=True)
class PerspectiveRows:
    """A perspective and its objectives."""

    label: str
    verdict: Verdict
    weight: str
    objectives: tuple[ObjectiveRows, ...]


@dataclass(frozen=True, slots=True)
class HomePage:
    """The scorecard page.

    `path` leads from everything down to the unit, segment or person that is shown; `below` goes further down; `family`
    are the scorecards of one template. `tally` counts the measures by status. `deviations` hold what is off target or
    at risk, gravest first; `undecided` what the data cannot decide; `more_deviations` says how many are left out.
    `columns` name the comparisons, one or two. `quiet` says that nothing deviates. `standing` says how the period
    stands on the reporting calendar, `remarks` what was said of its measures, `selective` where comments keep to good
    news, `packs` where the review pack is. `views` are what the tree shows (`shows`) of its measures; with another one
    than the period, `stretches` are the headings in place of the comparisons and `view_words` say what is to be known
    of it.
    """

    template: ClassVar[str] = "home/page.html"

    shell: Shell
    scorecard: Link
    path: tuple[Link, ...]
    below: tuple[Link, ...]
    family: tuple[Link, ...]
    others: tuple[Link, ...]
    links: tuple[Link, ...]
    verdict: Verdict
    period: Picker
    unit: Picker
    period_state: str
    record: Link
    tally: tuple[tuple[Mark, int], ...]
    deviations: tuple[Deviation, ...]
    more_deviations: str
    undecided: tuple[Deviation, ...]
    quiet: str
    columns: tuple[str, ...]
    perspectives: tuple[PerspectiveRows, ...]
    findings: tuple[FindingLine, ...]
    all_findings: str
    standing: Standing | None
    remarks: tuple[Remark, ...]
    selective: tuple[str, ...]
    packs: tuple[Link, ...]
    views: Picker
    stretches: tuple[str, ...] = ()
    view_words: str = ""
    shows: str = "period"
    alerts: tuple[Alert, ...] = ()
    """Measures whose definitions end: until when, and what to use instead."""
