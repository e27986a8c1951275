"""What a review pack holds, before it is written in any format: plain frozen values, already worded.

The one rule: every format shows the same figures; a pack of a closed period shows what was frozen, and what moved.
"""

from dataclasses import dataclass
from datetime import datetime

from leadline.app.web.charts.specs import BulletSpec, TrendSpec
from leadline.app.web.contexts.pieces import Mark
from leadline.app.web.numbers import NumberStyle


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a scorecard. Words are as on the pages; numbers stand beside them for spreadsheets (None: none).

    `told` is what must be known of the figure: provisional, of a definition that ends, restated as what.
    """

    depth: int
    label: str
    mark: Mark
    words: str
    interval: str
    n_words: str
    target: str
    score_words: str
    restated: str
    told: tuple[str, ...]
    style: NumberStyle
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    score: float | None
    goal: float | None
    version: int | None
    weight: float
    bullet: BulletSpec


@dataclass(frozen=True, slots=True)
class Sheet:
    """One unit's scorecard."""

    unit: str
    mark: Mark
    score: str
    confidence: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Variance:
    """A measure that is not where it should be: what it comes to in a sentence, its trend, and what was said.

    `marked` says what happened in the trend: versions, outages, restatements.
    """

    unit: str
    row: Row
    sentence: str
    owner: str
    trend: TrendSpec | None
    marked: tuple[str, ...]
    parts: tuple[tuple[str, str], ...]
    missing: str
    by: str


@dataclass(frozen=True, slots=True)
class Action:
    """What is done about a measure, and by whom."""

    measure: str
    unit: str
    text: str
    owner: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A word, and what it is about in a sentence."""

    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Method:
    """What a metric means, in sentences, by the version that was used."""

    label: str
    version: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """A review pack. `at` is the instant that stands in the files as theirs: they depend on nothing else."""

    project: str
    title: str
    period: str
    unit: str
    state: str
    facts: tuple[tuple[str, str], ...]
    at: datetime
    notices: tuple[Notice, ...]
    """What readers must know before all else: definitions that end or came into force without approval, and comments
    that keep to good news."""
    sheets: tuple[Sheet, ...]
    variances: tuple[Variance, ...]
    said: tuple[tuple[str, str], ...]
    actions: tuple[Action, ...]
    lacking: tuple[tuple[str, str], ...]
    moved: tuple[tuple[str, str, str, str], ...]
    """Unit, figure, as frozen, as restated."""
    methods: tuple[Method, ...]
    notes: tuple[str, ...]

    @property
    def told(self) -> bool:
        """Tell whether anything must be known of a figure on the sheets."""
        return any(row.told for sheet in self.sheets for row in sheet.rows)

    @property
    def varied(self) -> tuple[tuple[str, tuple[Variance, ...]], ...]:
        """Give the variances unit by unit."""
        found: dict[str, list[Variance]] = {}
        for one in self.variances:
            found.setdefault(one.unit, []).append(one)
        return tuple((unit, tuple(ones)) for unit, ones in found.items())

    @property
    def name(self) -> str:
        """Give the name of the files, without an ending."""
        return f"{self.title} {self.period}".replace("/", "-")
