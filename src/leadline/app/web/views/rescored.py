"""What a change does to scores and payouts, as a back-test tells it: on the plan's pages and on a change request's."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from leadline.app.web.addresses import to
from leadline.app.web.charts.specs import IntervalRow, IntervalSpec
from leadline.app.web.contexts.governance import Block, Cell
from leadline.app.web.numbers import NumberStyle
from leadline.app.web.texts import say

SCORED, PAID = 6, 40
SCORE = NumberStyle("count", 1)

Said = Mapping[str, Any]
"""A line of a back-test as JSON has it: see `Rescored` and `Repaid`."""


def scores(scored: Sequence[Said]) -> Iterator[Block]:
    """Draw the score of each scorecard that the change reaches, by both versions, over its last periods."""
    for name in dict.fromkeys(str(one["scorecard"]) for one in scored):
        mine = [one for one in scored if one["scorecard"] == name and one["old_score"] is not None]
        whole = [one for one in mine if one["unit"] is None] or mine
        rows = [row for one in whole[-SCORED:] for row in _both_scores(one)]
        if rows:
            spec = IntervalSpec(
                key=f"score-{name}", title=name, message=say("changes.of_ten"), label=say("changes.period"),
                rows=tuple(rows), style=SCORE,
            )  # fmt: skip
            yield Block(say("changes.scores", name=name), plot=spec)


def _both_scores(one: Said) -> Iterator[IntervalRow]:
    href = to.scorecard(one["scorecard"], period=one["period"], unit=one["unit"])
    place = ", ".join(filter(None, (one["period"], one["unit"])))
    for side in ("old", "new"):
        value = one[f"{side}_score"]
        yield IntervalRow(
            label=say(f"changes.{side}", period=place), href=href, figure_href=href, value=value,
            low=one[f"{side}_low"], high=one[f"{side}_high"], text="–" if value is None else SCORE.value(value),
            interval="", n="", certainty="final" if side == "new" else "provisional",
            portion=str(one[f"{side}_status"]),
        )  # fmt: skip


def payments(repaid: Sequence[Said]) -> Iterator[Block]:
    """Show what each incentive plan would have paid by both versions: in sum, and to whom another amount."""
    for name in dict.fromkeys(str(one["incentive"]) for one in repaid):
        mine = [one for one in repaid if one["incentive"] == name]
        unlike = [one for one in mine if _states(one)[0] != _states(one)[1] or _apart(one)]
        currency = str(mine[0]["currency"])
        before, after = (sum(one[f"{side}_would_be"] or 0.0 for one in mine) for side in ("old", "new"))
        said = say(
            "changes.paid", before=_money(before, currency), after=_money(after, currency),
            apart=_signed(after - before, currency), count=len(unlike), all=len(mine),
        )  # fmt: skip
        columns = ("period", "paid_unit", "before", "after", "difference")
        yield Block(
            say("changes.payouts", name=name), (said,),
            columns=tuple(say(f"changes.{one}") for one in columns),
            rows=tuple(
                (
                    Cell(one["period"], to.payout(name, one["unit"], period=one["period"])),
                    Cell(one["unit"]),
                    Cell(_money(one["old_would_be"], currency), about=_states(one)[0], number=True),
                    Cell(_money(one["new_would_be"], currency), about=_states(one)[1], number=True),
                    Cell(_signed(_apart(one), currency), number=True),
                )
                for one in unlike[-PAID:]
            ),
            empty=say("changes.paid_alike"),
        )  # fmt: skip


def _states(one: Said) -> tuple[str, str]:
    return str(one["old_state"]), str(one["new_state"])


def _apart(one: Said) -> float:
    return round((one["new_would_be"] or 0.0) - (one["old_would_be"] or 0.0), 2)


def _money(value: float | None, currency: str) -> str:
    return "–" if value is None else f"{value:,.2f} {currency}"


def _signed(value: float, currency: str) -> str:
    return f"{value:+,.2f} {currency}".replace("-", "\u2212") if value else "–"
