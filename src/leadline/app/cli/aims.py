"""What a scorecard is used for beyond reading it: trade-offs, other weights and targets, and what is paid."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json
from leadline.app.cli.opening import opened
from leadline.app.evidence import evidence
from leadline.app.payouts import Approval, approval, of_everything, submit
from leadline.app.wiring import open_published
from leadline.app.work import Office
from leadline.catalog.weights import long_term
from leadline.insights.trade_offs import Standing, Traded, find, trade_offs, weigh
from leadline.metrics.observation import Observation
from leadline.metrics.published import Published
from leadline.scorecards.incentives import Payout, find_plan, payouts, simulated
from leadline.scorecards.what_if import Outcome, parse, what_if

Period = Annotated[
    str | None, typer.Option("--period", help="A period, e.g. 2026-03; default: the last complete one.")
]


def show_trade_offs(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="A trade-off; all if not given.")] = None,
    json_: Json = False,
) -> None:
    """Show where both sides of each trade-off stand, and where one was bought with the other."""
    with opened(context) as space:
        published = open_published(space)
        found = (
            trade_offs(published, viewer=space.viewer)
            if name is None
            else [weigh(published, find(published, name), viewer=space.viewer)]
        )
        shares = {
            card.name: long_term(card, published.catalog.metrics)
            for card in published.catalog.scorecards.values()
        }
    if json_:
        traded = [_traded_said(one) for one in found]
        output.as_json({"trade_offs": traded, "long_term_share": shares})
        return
    for one in found:
        _traded_shown(one, every=name is not None)
    rows = [[card, f"{share:.0%}", f"{1 - share:.0%}"] for card, share in sorted(shares.items())]
    output.table(rows, "scorecard", "long term", "short term", right=("long term", "short term"))


def _traded_shown(traded: Traded, *, every: bool) -> None:
    sides = [side.metric for side in traded.definition.sides]
    output.say(f"{traded.definition.label}: {sides[0]} against {sides[1]}, by {traded.definition.grain}.")
    shown = traded.standings if every else traded.now
    rows = [
        [one.period, one.unit or "everything", *(output.number(value) for value in one.values), *one.stands,
         one.frontier, "one was bought with the other" if one.in_conflict else ""]
        for one in shown
    ]  # fmt: skip
    if traded.latest and traded.unknown:
        names = ", ".join(unit or "everything" for unit in traded.unknown)
        output.say(f"No final figure on both sides in {traded.latest}: {names}.")
    columns = ("period", "unit", *sides, f"{sides[0]} is", f"{sides[1]} is", "frontier", "conflict")
    output.table(rows, *columns, right=tuple(sides))


def _traded_said(traded: Traded) -> dict[str, Any]:
    return {
        "trade_off": traded.definition.name,
        "latest": traded.latest,
        "unknown": traded.unknown,
        "between": [side.model_dump(exclude_none=True) for side in traded.definition.sides],
        "standings": [_standing_said(one) for one in traded.standings],
    }


def _standing_said(one: Standing) -> dict[str, Any]:
    return {
        "period": one.period, "unit": one.unit, "figures": [_figure(o) for o in one.figures],
        "stands": list(one.stands), "frontier": one.frontier, "adjusted_p": one.apart, "conflict": one.in_conflict,
    }  # fmt: skip


def _figure(o: Observation) -> dict[str, Any]:
    keys = ("metric", "version", "value", "low", "high", "n", "status")
    return {key: getattr(o, key) for key in keys}


def show_what_if(
    context: typer.Context,
    scorecard: Annotated[str, typer.Argument(metavar="SCORECARD")],
    changes: Annotated[
        list[str],
        typer.Option(
            "--set", help="NAME.weight=2, METRIC.goal=80, .red_flag, .stretch; METRIC@UNIT. Repeat."
        ),
    ],
    units: Annotated[list[str] | None, typer.Option("--unit", help="For this unit; may be repeated.")] = None,
    period: Period = None,
    json_: Json = False,
) -> None:
    """Score a scorecard with other weights and targets; nothing is written."""
    with opened(context) as space:
        published = open_published(space)
        found = what_if(
            published, scorecard, [parse(text) for text in changes], viewer=space.viewer,
            units=units or [None], period=_start(published, period),
        )  # fmt: skip
    if json_:
        output.as_json([_outcome_said(one) for one in found])
        return
    for one in found:
        output.say(
            f"{one.unit or 'Everything'}, {one.now.period.label}: score {output.number(one.now.score, 1)} "
            f"({one.now.status}) becomes {output.number(one.then.score, 1)} ({one.then.status})."
        )
        rows = [
            [now.metric.name, now.unit or "", output.number(now.observation.value if now.observation else None),
             now.status, then.status, output.number(now.score, 1), output.number(then.score, 1)]
            for now, then in one.moved
        ]  # fmt: skip
        if rows:
            right = ("value", "score", "would score")
            output.table(
                rows, "measure", "unit", "value", "is", "would be", "score", "would score", right=right
            )
        else:
            output.say("  No measure's status changes.")


def _outcome_said(one: Outcome) -> dict[str, Any]:
    both = zip(one.now.measures(), one.then.measures(), strict=True)
    return {
        "unit": one.unit,
        "period": one.now.period.label,
        "now": {"score": one.now.score, "status": one.now.status},
        "then": {"score": one.then.score, "status": one.then.status},
        "measures": [
            {"metric": now.metric.name, "unit": now.unit, "value": now.observation.value if now.observation else None,
             "now": {"score": now.score, "status": now.status, "share": now.share},
             "then": {"score": then.score, "status": then.status, "share": then.share}}
            for now, then in both
        ],
    }  # fmt: skip


def show_incentives(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="An incentive plan.")],
    period: Period = None,
    unit: Annotated[
        str | None, typer.Option("--unit", help="The statement of one who is paid, every step.")
    ] = None,
    periods: Annotated[
        int,
        typer.Option("--simulate", min=0, max=60, help="What it would have paid in so many past periods."),
    ] = 0,
    ask: Annotated[
        bool,
        typer.Option("--ask-approval", help="Open the work item by which the period's payouts are approved."),
    ] = False,
    json_: Json = False,
) -> None:
    """Work out what an incentive plan pays, with every step; or what it would have paid."""
    with opened(context) as space:
        published = open_published(space)
        plan = find_plan(published, name)
        known = evidence(space.ledger, published, [plan], space.viewer)
        rounds = (
            simulated(published, plan, viewer=space.viewer, periods=periods, evidence=known)
            if periods
            else [
                payouts(
                    published, plan, viewer=space.viewer, evidence=known, period=_start(published, period)
                )
            ]
        )
        all_of_it = of_everything(space.ledger, published, plan, rounds[-1][0].period.start)
        if ask and not periods:
            submit(Office.of(space.ledger, published.catalog), all_of_it, space.actor)
        standing = approval(space.ledger, all_of_it)
    paid = [one for each in rounds for one in each if unit in {None, one.unit}]
    if json_:
        output.as_json([one.statement() for one in paid])
        return
    rows = [
        [one.period.label, one.unit, output.number(one.score, 2), output.number(one.percent, 1),
         _money(one, "amount"), f"{_money(one, 'least')} to {_money(one, 'most')}", one.state, " ".join(one.why)]
        for one in paid
    ]  # fmt: skip
    right = ("score", "percent", "amount")
    output.table(rows, "period", "unit", "score", "percent", "amount", "as the score's interval", "state", "why",
                 right=right)  # fmt: skip
    due = [one for one in paid if one.state == "due" and one.amount is not None]
    total = sum((one.amount for one in due if one.amount is not None), start=Decimal(0))
    output.say(
        f"{len(due)} of {len(paid)} are due: {total} {plan.currency}. Each statement has a hash: --json."
    )
    output.say(_approved(standing, rounds[-1][0].period.label))
    if unit is not None and len(paid) == 1:
        _steps(paid[0])


def _approved(standing: Approval, period: str) -> str:
    """Say where the approval of a period stands."""
    item = f" (work item {standing.item.number})" if standing.item else ""
    match standing.state:
        case "none":
            return f"{period}: no approval was asked for. Ask: --ask-approval"
        case "changed":
            return f"{period}: what is paid has changed since it was asked or approved{item}. Ask again."
        case _:
            return f"{period}: {standing.state}{item}."


def _money(one: Payout, which: str) -> str:
    value = getattr(one, which)
    return "–" if value is None else f"{value} {one.plan.currency}"


def _steps(one: Payout) -> None:
    """Show every measure and gate behind a payout."""
    rows = [
        [m.metric.name, m.unit or "", output.number(m.observation.value if m.observation else None),
         output.number(m.score, 2), f"{m.counts:.0%}", m.status]
        for m in one.result.measures()
    ]  # fmt: skip
    output.table(
        rows, "measure", "unit", "value", "score", "counts", "status", right=("value", "score", "counts")
    )
    for gate in one.gates:
        output.say(f"Gate {gate.gate.metric or ', '.join(gate.gate.findings)}: {gate.state}. {gate.why}")
    output.say(f"Statement {one.statement()['hash']}, generation {one.generation}.")


def _start(published: Published, text: str | None) -> date | None:
    return None if text is None else published.periods.parse(text).start
