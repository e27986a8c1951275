"""`leadline targets`: targets proposed from evidence, and a goal of the whole told to its parts."""

from dataclasses import asdict
from typing import Annotated, Any, get_args

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json
from leadline.app.cli.opening import opened
from leadline.app.wiring import open_published
from leadline.catalog.definitions import GRAINS
from leadline.errors import QueryError
from leadline.scorecards.allocation import Basis
from leadline.scorecards.targeting import Allotment, allotted, proposed

targets = typer.Typer(help="Propose targets from evidence, and tell a goal to parts.", no_args_is_help=True)
Unit = Annotated[str | None, typer.Option("--unit", help="A unit; default: everything.")]


@targets.command("propose")
def propose(
    context: typer.Context,
    metric: Annotated[str, typer.Argument(help="A metric.")],
    unit: Unit = None,
    grain: Annotated[
        str, typer.Option("--grain", help="The period of the target: week, month, quarter.")
    ] = "month",
    ahead: Annotated[int, typer.Option("--ahead", min=1, max=24, help="For so many periods ahead.")] = 1,
    where: Annotated[
        list[str] | None, typer.Option("--where", help="A segment: COLUMN=VALUE; as often as needed.")
    ] = None,
    json_: Json = False,
) -> None:
    """Propose red flag, goal and stretch from history, forecast, units, benchmarks and expectation, each shown."""
    chosen = next((known for known in GRAINS if known == grain and known != "hour"), None)
    if chosen is None:
        raise QueryError(
            f"There is no grain {grain!r}.", code="unknown-grain", hint="day, week, month, quarter, year."
        )
    segment = dict(_pair(one) for one in where or ())
    with opened(context) as space:
        published = open_published(space)
        found = proposed(published, metric, viewer=space.viewer, grain=chosen, unit=unit, ahead=ahead,
                         where=segment)  # fmt: skip
        measured_in = published.metric(metric).measured_in
    if json_:
        output.as_json(
            {"metric": metric, "unit": unit, "grain": grain, "measured_in": measured_in, **asdict(found)}
        )
        return
    rows = [
        [one.what, output.number(one.value), output.number(one.low), output.number(one.high)]
        for one in found.evidence
    ]
    output.table(rows, "evidence", "value", "low", "high", right=("value", "low", "high"))
    output.say(
        f"Proposed, in {measured_in}: red_flag: {found.red_flag:.4g}, goal: {found.goal:.4g}, "
        f"stretch: {found.stretch:.4g}."
    )
    for note in found.notes:
        output.say(note)
    output.say(
        "It is a proposal: write it into the scorecard. What is governed changes with its change request."
    )


def _pair(text: str) -> tuple[str, str]:
    column, sign, value = text.partition("=")
    if not sign or not column:
        raise QueryError(
            f"{text!r} is no segment.", code="usage", hint="Write COLUMN=VALUE: segment=enterprise"
        )
    return column, value


@targets.command("allocate")
def allocate(
    context: typer.Context,
    metric: Annotated[str, typer.Argument(help="A metric.")],
    goal: Annotated[float, typer.Argument(help="The goal of the whole, in the metric's unit of measure.")],
    unit: Unit = None,
    base: Annotated[
        str, typer.Option("--base", help="What is expected of a part: own, mix (of its cases), equal.")
    ] = "own",
    mix: Annotated[
        str | None, typer.Option("--mix", help="The column of kinds of cases, for --base mix.")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", help="Parts are the values of a column, not units.")
    ] = None,
    period: Annotated[
        str | None, typer.Option("--period", help="The period of rows and values; default: the last.")
    ] = None,
    json_: Json = False,
) -> None:
    """Tell a goal to all units below one, or to a column's values, so that by their rows they make up the goal."""
    basis: Basis | None = next((known for known in get_args(Basis) if known == base), None)
    if basis is None:
        raise QueryError(f"There is no base {base!r}.", code="usage", hint="own, mix or equal.")
    with opened(context) as space:
        published = open_published(space)
        chosen = published.periods.parse(period) if period else None
        found = allotted(
            published,
            metric,
            goal,
            viewer=space.viewer,
            basis=basis,
            unit=unit,
            mix=mix,
            by=by,
            period=chosen,
        )
        labels = {name: published.catalog.units.label(name) for name in published.catalog.units.names}
    if json_:
        output.as_json(_as_dict(found, goal))
        return
    _show(found, goal, labels)


def _as_dict(found: Allotment, goal: float) -> dict[str, Any]:
    return {
        "metric": found.whole.metric, "period": found.whole.period, "goal": goal, "now": found.whole.value,
        "base": found.basis, "left_out": list(found.left_out), "unlike": list(found.unlike),
        "parts": [
            {"part": one.part.name, "level": level, "n": one.part.n, "now": one.part.value, "expected": one.base,
             "goal": one.goal, "declared": one.part.declared}
            for one, level in zip(found.allotted, found.level, strict=True)
        ],
        "bottom_up": {"implied": found.reconciled.implied, "gap": found.reconciled.gap,
                      "adjusted": list(found.reconciled.adjusted)},
    }  # fmt: skip


def _show(found: Allotment, goal: float, labels: dict[str, str]) -> None:
    rows = [
        ["  " * (level - 1) + labels.get(one.part.name, one.part.name), f"{one.part.n:,}",
         output.number(one.part.value), output.number(one.base),
         output.number(one.goal), output.number(one.part.declared)]
        for one, level in zip(found.allotted, found.level, strict=True)
    ]  # fmt: skip
    right = ("n", "now", "expected", "goal", "declared")
    output.table(rows, "part", *right, right=right)
    output.say(
        f"Whole in {found.whole.period}: {output.number(found.whole.value)} now, {output.number(goal)} wanted."
    )
    if found.unlike:
        output.say(
            f"With cases of a kind that nobody else has, and so not by their mix: {', '.join(found.unlike)}."
        )
    if found.left_out:
        output.say(f"Without a figure, and so without a goal: {', '.join(found.left_out)}.")
    if found.reconciled.implied is not None and found.reconciled.gap is not None:
        output.say(
            f"Bottom up, the declared goals come to {output.number(found.reconciled.implied)}, "
            f"{output.number(abs(found.reconciled.gap))} {'above' if found.reconciled.gap > 0 else 'below'} the goal."
        )
