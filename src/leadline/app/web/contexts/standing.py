"""How a scorecard's period stands, as the pages that show it say: open, ready, closed, restated; and what it lacks."""

from dataclasses import dataclass

from leadline.app.web.contexts.pieces import Link


@dataclass(frozen=True, slots=True)
class Lack:
    """What one unit that reports lacks: counted by kind, and whether it is all there."""

    unit: str
    words: str
    href: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A period on the reporting calendar: its state in a word and a sentence, and who is late with what.

    `whole` tells whether nothing is missing; `href` leads to the period's page.
    """

    state: str
    words: str
    whole: bool
    lacking: tuple[Lack, ...]
    href: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment on a measure as pages beside the period's own show it, or that one is required and there is none.

    `parts` are label and text; `missing` says what lacks; `write` is where to say it, for who may.
    """

    about: str
    when: str
    missing: str
    parts: tuple[tuple[str, str], ...]
    by: str
    href: str
    write: str


@dataclass(frozen=True, slots=True)
class ClosedFigure:
    """A figure as a scorecard closed it, and what it is now (empty: the same); `why` leads to the bridge."""

    scorecard: Link
    value: str
    interval: str
    n: str
    version: str
    now: str
    why: str


@dataclass(frozen=True, slots=True)
class LongerFigure:
    """A figure over a longer window that ends with the period: as the rows are now, and with closed periods as they
    were closed (`as_closed`, empty where none was or it cannot be put together); `words` say which."""

    label: str
    window: str
    value: str
    interval: str
    as_closed: str
    words: str


@dataclass(frozen=True, slots=True)
class FigureRecord:
    """What the record holds of one metric: closed figures, longer windows, and what was said."""

    closed: tuple[ClosedFigure, ...] = ()
    longer: tuple[LongerFigure, ...] = ()
    remarks: tuple[Remark, ...] = ()


NO_RECORD = FigureRecord()
