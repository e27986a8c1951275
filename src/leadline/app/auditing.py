"""What an audit asks for: anchors read; closed periods, scores, payouts derived again from rows: equal, or why not."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from leadline.app.evidence import evidence
from leadline.app.seen import EVERYTHING
from leadline.app.wiring import Workspace, open_published
from leadline.errors import LeadlineError, QueryError
from leadline.metrics.published import Published
from leadline.metrics.recompute import Outcome, near, said
from leadline.scorecards.freezing import frozen, score_units
from leadline.scorecards.incentives import Payout, find_plan, payouts
from leadline.store.closings import Closing, Frozen

NUMBERS = ("value", "low", "high", "score", "score_low", "score_high")
WORDS = ("n", "status", "verdict", "version")
PAID = ("own_score", "score", "score_low", "score_high", "percent")
SAID = ("state", "amount", "would_be", "least", "most")
FIGURE = ("value", "low", "high", "n")


@dataclass(frozen=True, slots=True)
class Again:
    """A figure or score as it was frozen, or stands now, what the rows give, and whether both are equal."""

    kept: Frozen
    derived: Frozen | None
    outcome: Outcome
    why: str


@dataclass(frozen=True, slots=True)
class PaidAgain:
    """A payout as it stands, what the rows give (None: nobody can tell), and whether both are equal."""

    kept: Payout
    derived: Payout | None
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


def paid_again(space: Workspace, published: Published, name: str, label: str) -> Iterator[PaidAgain]:
    """Derive every payout of a plan's period again: each figure from its rows, and all that follows, to the cent.

    Findings are those that refreshes made. Raises QueryError for a plan or a period that there is not.
    """
    plan, start = find_plan(published, name), published.periods.parse(label).start
    known = evidence(space.ledger, published, [plan])
    kept = payouts(published, plan, viewer=EVERYTHING, evidence=known, period=start)
    try:
        rows = published.counting(published.counted)
        made = payouts(rows, plan, viewer=EVERYTHING, evidence=known, period=start)
    except LeadlineError as error:
        yield from (PaidAgain(one, None, "cannot tell", error.message) for one in kept)
        return
    for one, other in zip(kept, made, strict=True):
        unlike = list(_unlike_paid(one.statement(), other.statement()))
        yield PaidAgain(one, other, "differs" if unlike else "equal", "; ".join(unlike))


def _unlike_paid(one: dict[str, Any], other: dict[str, Any]) -> Iterator[str]:
    """Compare two statements step by step: money to the cent, all other numbers as figures are."""
    yield from _steps("", one, other, PAID, SAID)
    for was, now in zip(one["measures"], other["measures"], strict=True):
        place = f"{was['metric']}@{was['unit']} " if was["unit"] else f"{was['metric']} "
        yield from _steps(place, was, now, ("score", "of_score"), ())
        yield from _steps(place, was["figure"] or {}, now["figure"] or {}, FIGURE, ())
    for nth, (was, now) in enumerate(zip(one["gates"], other["gates"], strict=True), start=1):
        yield from _steps(f"gate {nth} ", was, now, (), ("state",))
        yield from _steps(f"gate {nth} ", was["figure"] or {}, now["figure"] or {}, FIGURE, ())


def _steps(
    place: str, one: dict[str, Any], other: dict[str, Any], numbers: Sequence[str], words: Sequence[str]
) -> Iterator[str]:
    for name in numbers:
        was, now = one.get(name), other.get(name)
        if not near(was, now):
            yield f"{place}{name}: {said(was)} stands, {said(now)} from the rows"
    for name in words:
        if one.get(name) != other.get(name):
            yield f"{place}{name}: {one.get(name)} stands, {other.get(name)} from the rows"


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
