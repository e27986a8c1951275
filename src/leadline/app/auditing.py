"""What an audit asks for: anchors read, and closed periods and scores derived again from rows: equal, or why not."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from leadline.app.seen import EVERYTHING
from leadline.app.wiring import Workspace, open_published
from leadline.errors import LeadlineError, QueryError
from leadline.metrics.published import Published
from leadline.metrics.recompute import Outcome, near, said
from leadline.scorecards.freezing import frozen, score_units
from leadline.store.closings import Closing, Frozen

NUMBERS = ("value", "low", "high", "score", "score_low", "score_high")
WORDS = ("n", "status", "verdict", "version")


@dataclass(frozen=True, slots=True)
class Again:
    """A figure or score as it was frozen, or stands now, what the rows give, and whether both are equal."""

    kept: Frozen
    derived: Frozen | None
    outcome: Outcome
    why: str


def anchor_of(text: str) -> tuple[int, str]:
    """Read an anchor, SEQ:HASH. Raises QueryError where it is none."""
    seq, _, hashed = text.strip().partition(":")
    if not (seq.isascii() and seq.isdigit()) or not hashed:
        raise QueryError(
            f"{text!r} is no anchor.", code="bad-anchor", hint="Give what `leadline audit anchor` printed."
        )
    return int(seq), hashed


def closed_again(space: Workspace, closing: Closing) -> Iterator[Again]:
    """Derive every figure and score of a closed period again: from the rows and definitions that it was closed on."""
    with space.ledger.read() as reader:
        kept = reader.frozen.figures(closing.id)
    try:
        then = open_published(space, closing.generation)
        made = _from_rows(then, closing.scorecard, closing.period, kept)
    except LeadlineError as error:
        yield from (Again(one, None, "cannot tell", error.message) for one in kept)
        return
    yield from _compared(kept, made)


def scored_again(
    published: Published, scorecard: str, label: str, units: Sequence[str | None]
) -> Iterator[Again]:
    """Derive every figure and score of a scorecard's period again, as it stands in a generation."""
    period = published.periods.parse(label)
    kept = frozen(published, score_units(published, scorecard, period, units, viewer=EVERYTHING))
    yield from _compared(kept, _from_rows(published, scorecard, label, kept))


def _from_rows(published: Published, scorecard: str, label: str, kept: Sequence[Frozen]) -> list[Frozen]:
    rows = published.counting(published.counted)
    units = tuple(dict.fromkeys(one.unit for one in kept))
    period = rows.periods.parse(label)
    return frozen(rows, score_units(rows, scorecard, period, units, viewer=EVERYTHING))


def _compared(kept: Sequence[Frozen], made: Sequence[Frozen]) -> Iterator[Again]:
    derived = {_place(one): one for one in made}
    for one in kept:
        other = derived.get(_place(one))
        if other is None:
            yield Again(one, None, "differs", "The rows give no such figure.")
            continue
        unlike = list(_unlike(one, other))
        yield Again(one, other, "differs" if unlike else "equal", "; ".join(unlike))


def _place(one: Frozen) -> tuple[str, str, str | None]:
    return one.node, one.path, one.unit


def _unlike(one: Frozen, other: Frozen) -> Iterator[str]:
    was, now = asdict(one), asdict(other)
    if was["status"] == "restated":  # rows do not tell what a figure was before: only what is kept of it does
        was["status"] = "final"
    for name in NUMBERS:
        if not near(was[name], now[name]):
            yield f"{name}: {said(was[name])} kept, {said(now[name])} from the rows"
    for name in WORDS:
        if was[name] != now[name]:
            yield f"{name}: {was[name]} kept, {now[name]} from the rows"
