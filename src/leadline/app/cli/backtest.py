"""A back-test for people on a terminal: both versions side by side, flips of status, the rows that moved."""

from leadline.app.cli import output
from leadline.governance.backtest_results import BackTest, Flip, MetricTest, Pair, Repaid, Rescored
from leadline.governance.moved import Moved

SHOWN = 12
"""So many differences beside those of the whole are printed; `--json` has all."""


def show_test(found: BackTest) -> None:
    """Print a back-test."""
    for one in found.metrics:
        _show(one)
    if found.scored:
        output.say("\nScorecards by both")
        output.table(
            [_scored(one) for one in found.scored],
            "scorecard", "period", "unit", "status", "would be", "score", "would be ",
            right=("score", "would be "),
        )  # fmt: skip
    if found.repaid:
        output.say("\nPayouts by both")
        output.table(
            [_repaid(one) for one in found.repaid],
            "plan", "period", "unit", "state", "would be", "pays", "would pay", "",
            right=("pays", "would pay"),
        )  # fmt: skip
    for title, flips in (("Scorecards", found.flips), ("Paid", found.paid)):
        if flips:
            output.say(f"\n{title}: what would be another")
            output.table(
                [_flip(flip) for flip in flips],
                "of", "period", "unit", "node", "status", "would be", "score", "would be ",
                right=("score", "would be "),
            )  # fmt: skip
    if found.loaded_anew:
        output.say(
            f"\nRows were loaded once more by the working definitions: {', '.join(found.loaded_anew)}."
        )
    for note in found.notes:
        output.say(note)


def _show(one: MetricTest) -> None:
    output.say(
        f"\n{one.title} ({one.metric}), {one.measured_in}: in force and as written, by the {one.grain}"
    )
    if one.why:
        output.say(one.why)
    rows = list(one.whole)
    parts = [p for p in one.pairs if p.unit is not None or p.slice]
    telling = sorted((p for p in parts if p.verdict == "differs"), key=lambda p: -abs(p.difference or 0.0))
    if rows:
        numbers = ("in force", "n", "written", "n ", "difference", "low", "high")
        output.table(
            [_pair(p) for p in (*rows, *telling[:SHOWN])],
            "period", "unit", "slice", *numbers, "verdict",
            right=numbers,
        )  # fmt: skip
        hidden = len(telling) - SHOWN
        tested = sum(p.p is not None for p in one.pairs)
        more = f"; {hidden} more differ" if hidden > 0 else ""
        output.say(
            f"{len(telling)} of {len(parts)} units and slices differ{more}. {tested} differences were tested "
            f"({one.method})."
        )
    if one.moved:
        _rows(one.moved)
    elif one.rows_why:
        output.say(f"Which rows move is not told. {one.rows_why}")


def _rows(one: Moved) -> None:
    output.say(
        f"Of {one.rows:,} rows of {one.fact}: {one.gained:,} gained, {one.lost:,} lost, "
        f"{one.reclassified:,} counted otherwise."
    )
    for example in one.examples:
        values = ", ".join(f"{name}={value}" for name, value in example.values.items())
        output.say(f"    {example.kind}: {example.day}, {values}")


def _pair(one: Pair) -> list[object]:
    numbers = (one.difference, one.low, one.high)
    return [
        one.period, one.unit or "", one.slice, output.number(one.old), one.old_n, output.number(one.new), one.new_n,
        *map(output.number, numbers), one.verdict,
    ]  # fmt: skip


def _scored(one: Rescored) -> list[object]:
    return [
        one.scorecard, one.period, one.unit or "", one.old_status, one.new_status, output.number(one.old_score),
        output.number(one.new_score),
    ]  # fmt: skip


def _repaid(one: Repaid) -> list[object]:
    return [
        one.incentive, one.period, one.unit, one.old_state, one.new_state, output.number(one.old_would_be),
        output.number(one.new_would_be), one.currency,
    ]  # fmt: skip


def _flip(one: Flip) -> list[object]:
    return [
        one.scorecard, one.period, one.unit or "", one.node or "the whole", one.old_status, one.new_status,
        output.number(one.old_score), output.number(one.new_score),
    ]  # fmt: skip
