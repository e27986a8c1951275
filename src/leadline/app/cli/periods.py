"""`leadline readiness`, `close`, `reopen`, `comment`, `restated`: a scorecard's periods, open, closed and after."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from leadline.app import periods as p
from leadline.app.bridging import Bridge, bridge
from leadline.app.cli import output
from leadline.app.cli.context import Json, current
from leadline.app.cli.opening import opened
from leadline.app.seen import hidden, ready_for
from leadline.app.wiring import Workspace, open_published
from leadline.errors import PeriodError
from leadline.scorecards.readiness import Readiness
from leadline.store.closings import Frozen

Card = Annotated[str, typer.Argument(metavar="SCORECARD", help="A scorecard.")]
When = Annotated[str, typer.Argument(metavar="PERIOD", help="One of its periods: 2026-09.")]
Because = Annotated[str, typer.Option("--because", help="Why; kept with it.")]


def readiness(
    context: typer.Context,
    scorecard: Annotated[str | None, typer.Argument(metavar="SCORECARD", help="Default: all.")] = None,
    period: Annotated[str | None, typer.Argument(metavar="PERIOD", help="Default: the last ones.")] = None,
    json_: Json = False,
) -> None:
    """Show which periods are closed or ready to be, and what the others lack: feeds, entries, comments."""
    asked = current(context)
    with opened(context) as space:
        published = open_published(space)
        day = p.today(published, asked.clock)
        names = (scorecard,) if scorecard else ()
        with space.ledger.read() as reader:
            found = (
                p.calendar(published, reader, viewer=space.viewer, now=day, names=names)
                if period is None or scorecard is None
                else [ready_for(published, space.viewer, p.ready(
                    published, reader, scorecard, published.periods.parse(period), today=day))]
            )  # fmt: skip
            cards = sorted({one.scorecard for one in found})
            selective = {name: p.selectivity(published, reader, name) for name in cards}
    if json_:
        output.as_json([_ready(one) for one in found])
        return
    rows = [
        [one.scorecard, one.period.label, one.state, one.due, "overdue" if one.overdue else "",
         _units(one), len(one.gaps)]
        for one in found
    ]  # fmt: skip
    output.table(
        rows, "scorecard", "period", "state", "due", "", "units ready", "lacking", right=("lacking",)
    )
    for one in found if period else ():
        for gap in one.gaps:
            output.say(f"{gap.unit or 'everything'}: {gap.words}{f' ({gap.owner})' if gap.owner else ''}")
    for name, told in selective.items():
        for one_told in told:
            output.say(f"{name}: comments keep to good news. {one_told.words}")


def _units(one: Readiness) -> str:
    return f"{sum(unit.is_ready for unit in one.units)} of {len(one.units)}"


def _ready(one: Readiness) -> dict[str, Any]:
    return {
        "scorecard": one.scorecard,
        "period": one.period.label,
        "state": one.state,
        "due": one.due,
        "overdue": one.overdue,
        "complete": one.is_complete,
        "units": [
            {
                "unit": unit.unit,
                "ready": unit.is_ready,
                "status": unit.verdict,
                "score": unit.score,
                "confidence": unit.confidence,
                "gaps": [asdict(gap) for gap in unit.gaps],
            }
            for unit in one.units
        ],
    }


def close(
    context: typer.Context,
    scorecard: Card,
    period: When,
    because: Because = "",
    despite: Annotated[
        bool, typer.Option("--despite", help="Close it although something is missing; needs --because.")
    ] = False,
    json_: Json = False,
) -> None:
    """Close a period: freeze every figure and score with version, weight, interval and n, under one hash."""
    asked = current(context)
    with opened(context) as space:
        published = open_published(space)
        made = p.close_period(
            space.ledger, published, scorecard, published.periods.parse(period), actor=space.actor,
            today=p.today(published, asked.clock), because=because, despite=despite,
        )  # fmt: skip
    if json_:
        output.as_json(asdict(made))
    else:
        output.say(f"{made.scorecard} {made.period} is closed: {made.figures} figures, hash {made.hash}.")


def reopen(
    context: typer.Context,
    scorecard: Card,
    period: When,
    because: Because = "",
    agree: Annotated[
        bool, typer.Option("--agree", help="Agree to what somebody else has asked for.")
    ] = False,
) -> None:
    """Ask to reopen a closed period, or agree to it as a second person. What was frozen stays in the ledger."""
    with opened(context) as space:
        p.reopen_period(space.ledger, scorecard, period, actor=space.actor, because=because, agree=agree)
    output.say(
        f"{scorecard} {period} is open again; its former figures are kept."
        if agree
        else f"Asked to reopen {scorecard} {period}: somebody else must agree."
    )


def comment(
    context: typer.Context,
    scorecard: Card,
    period: When,
    metric: Annotated[str | None, typer.Argument(metavar="METRIC", help="Default: the scorecard.")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Of this unit's figure.")] = None,
    part: Annotated[
        list[str] | None, typer.Option("--part", help="NAME=TEXT, as `cause=…`; once for each part.")
    ] = None,
    file: Annotated[Path | None, typer.Option("--file", help="YAML with the parts by name.")] = None,
) -> None:
    """Say what happened, why, and what is done: the next version of the comment on a measure."""
    parts: dict[str, str] = {}
    if file is not None:
        written = yaml.safe_load(file.read_text(encoding="utf-8"))
        if not isinstance(written, dict):
            raise PeriodError(f"{file} holds no parts by name.", code="unknown-part")
        parts = {str(name): str(text) for name, text in written.items()}
    for one in part or ():
        name, _, text = one.partition("=")
        parts[name] = text
    with opened(context) as space:
        published = open_published(space)
        made = p.say(
            space.ledger, published, scorecard, published.periods.parse(period), parts, actor=space.actor,
            metric=metric, unit=unit,
        )  # fmt: skip
    output.say(f"Kept as version {made.version}.")


def restated(
    context: typer.Context,
    scorecard: Card,
    period: When,
    metric: Annotated[str | None, typer.Option("--metric", help="Only this measure.")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Only this unit.")] = None,
    bridges: Annotated[
        bool, typer.Option("--bridge", help="Work out why each moved, from the rows: takes a while.")
    ] = False,
    json_: Json = False,
) -> None:
    """Show what was frozen beside what it is now, where that is something else; with --bridge, why."""
    asked = current(context)
    with opened(context) as space:
        with space.ledger.read() as reader:
            closing = p.closed(reader.frozen, scorecard, period)
            every = p.beside(reader.frozen, closing)
            found = [
                one
                for one in _seen(space, every, period)
                if one.now and (metric is None or one.was.metric == metric) and unit in (None, one.was.unit)
            ]
        ways = [
            bridge(space, closing, one.was, asked.clock, viewer=space.viewer)
            if bridges and one.was.metric and one.now and not one.now.withheld
            else None
            for one in found
        ]
    if json_:
        output.as_json(
            [{"frozen": asdict(b.was), "restated": asdict(b.now) if b.now else None,
              "bridge": asdict(w) if w else None} for b, w in zip(found, ways, strict=True)]
        )  # fmt: skip
        return
    rows = [
        [one.was.unit or "everything", one.was.label, _of(one.was, one.was), one.was.verdict,
         "not shown" if one.now.withheld else _of(one.was, one.now), one.now.verdict]
        for one in found
        if one.now
    ]  # fmt: skip
    output.table(rows, "unit", "figure", "frozen", "status", "now", "status", right=("frozen", "now"))
    for way in ways:
        _show(way)
    output.say(
        f"{len(found)} of {closing.figures} figures moved since {closing.closed_at:%Y-%m-%d}; hash {closing.hash}."
    )


def _seen(space: Workspace, every: list[p.Beside], period: str) -> list[p.Beside]:
    """Give what who acts may see of what was frozen."""
    published = open_published(space)
    figures = [one.was for one in every]
    dark = hidden(published, space.viewer, figures, published.periods.parse(period))
    return [one for n, one in enumerate(every) if n not in dark]


def _of(was: Frozen, one: Any) -> str:
    return output.number(one.score if was.metric is None else one.value)


def _show(way: Bridge | None) -> None:
    if way is None:
        return
    output.say(
        f"{way.was.label}{f', {way.was.unit}' if way.was.unit else ''}: {output.number(way.was.value)}"
    )
    for step in way.steps:
        change = "" if step.change is None else f"{step.change:+,.2f}"
        output.say(f"  {step.cause}: {change} → {output.number(step.value)}. {step.words}")
    if way.cannot_tell:
        output.say(f"  Cannot tell why: {way.cannot_tell}")
