"""What the charts draw: frozen specs, filled by views. Values are in the metric's unit of measure."""

from dataclasses import dataclass, replace
from typing import Literal

from leadline.app.web.numbers import NumberStyle

Tone = Literal["good", "risk", "bad", "unknown", "quiet", "beyond"]
"""What a mark's colour says; never the only thing that says it."""
Certainty = Literal["final", "restated", "provisional", "suppressed", "no data", "suspended"]


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One period: its names on the axis (`short` under the mark, `group` once per run), and its figure.

    `spoken` says the whole figure in words; `goal` and `red_flag` are what held in that period; `former` is what the
    figure was when it was first final, where that was another one.
    """

    short: str
    group: str
    label: str
    value: float | None
    low: float | None
    high: float | None
    n: str
    certainty: Certainty
    href: str
    spoken: str
    goal: float | None = None
    red_flag: float | None = None
    former: float | None = None
    here: bool = False
    tone: Tone = "quiet"


@dataclass(frozen=True, slots=True)
class TrendMark:
    """What happened to the definition or the data at some periods, by their places in the series: a version that takes
    effect with the first of them, or an outage through all of them. `text` is short; what it means stands below."""

    kind: Literal["version", "outage"]
    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True)
class TrendSpec:
    """A series over periods with its interval band, its target steps, and a sentence for a title.

    `key` is unique on the page. `starts_at` words say that the axis leaves out zero.
    """

    key: str
    title: str
    summary: str
    points: tuple[TrendPoint, ...]
    style: NumberStyle
    goal_word: str = ""
    red_flag_word: str = ""
    from_zero: bool = False
    break_word: str = ""
    columns: tuple[str, ...] = ()
    marks: tuple[TrendMark, ...] = ()

    def breaking(self, word: str) -> "TrendSpec":
        """Give the same with the words that say where the axis starts."""
        return replace(self, break_word=word)


@dataclass(frozen=True, slots=True)
class SparkSpec:
    """A word-sized series, oldest first; None is a gap. `summary` says it in a sentence."""

    values: tuple[float | None, ...]
    summary: str
    goal: float | None = None
    provisional_last: bool = False
    tone: Tone = "quiet"


@dataclass(frozen=True, slots=True)
class BulletSpec:
    """A measure against its bands on the score scale 0..10, so that red flag (3.33) and goal (6.67) line up for all.

    `score` None draws the bands alone. `summary` says it in a sentence.
    """

    score: float | None
    low: float | None
    high: float | None
    summary: str
    tone: Tone = "quiet"
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A figure against an earlier one: an arrow, the size, what it means, and the whole as a sentence.

    `clear` tells whether the data can tell the change from chance.
    """

    against: str
    arrow: Literal["up", "down", ""]
    size: str
    word: str
    sentence: str
    clear: bool
    tone: Tone = "quiet"


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """One slice or unit: its figure as a dot with its interval, and how it stands `against` the whole."""

    label: str
    href: str
    figure_href: str
    value: float | None
    low: float | None
    high: float | None
    text: str
    interval: str
    n: str
    certainty: Certainty
    against: Change | None = None
    portion: str = ""
    """The share of the whole, for totals."""
    tone: Tone = "quiet"


@dataclass(frozen=True, slots=True)
class IntervalSpec:
    """Slices or units under one another on one scale, with the whole and the goal as lines through all rows."""

    key: str
    title: str
    message: str
    label: str
    rows: tuple[IntervalRow, ...]
    style: NumberStyle
    whole: float | None = None
    whole_word: str = ""
    goal: float | None = None
    goal_word: str = ""


@dataclass(frozen=True, slots=True)
class BridgeStep:
    """One step of a bridge: a figure (`start` None) that stands at `end`, or a change that leads from `start` there."""

    label: str
    start: float | None
    end: float
    text: str
    about: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class BridgeSpec:
    """The steps from one figure to another, on one scale; they add up."""

    key: str
    title: str
    message: str
    label: str
    value: str
    steps: tuple[BridgeStep, ...]
    style: NumberStyle


@dataclass(frozen=True, slots=True)
class BarSpec:
    """One bar from zero: `part` of `whole`."""

    part: float
    whole: float
    summary: str
    tone: Tone = "quiet"


@dataclass(frozen=True, slots=True)
class MapBox:
    """An objective on the strategy map. `mark` names the shape of its status; `spoken` says it all in words."""

    key: str
    label: str
    href: str
    mark: str
    status: str
    score: str
    tone: Tone
    spoken: str


@dataclass(frozen=True, slots=True)
class MapBand:
    """A perspective with its objectives."""

    label: str
    boxes: tuple[MapBox, ...]


@dataclass(frozen=True, slots=True)
class MapLink:
    """A link between two boxes, and what the figures say of it."""

    source: str
    target: str
    told: str
    words: str


@dataclass(frozen=True, slots=True)
class MapSpec:
    """The strategy map, from its upper band down."""

    bands: tuple[MapBand, ...]
    links: tuple[MapLink, ...]
    summary: str
