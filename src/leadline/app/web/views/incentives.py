"""Incentive plans: what is paid for a period, what would have been paid before, and one statement with every step."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from leadline.app.evidence import evidence
from leadline.app.payouts import Approval, approval, asked_as, of_everything, submit
from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.charts.scatter import ScatterPoint, ScatterSpec
from leadline.app.web.contexts import IncentivePage, StatementPage
from leadline.app.web.contexts.pieces import Link, Mark
from leadline.app.web.contexts.trading import GateLine, PaidMeasure, PayoutLine, RoundLine
from leadline.app.web.numbers import NumberStyle, share, whole
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views import pickers
from leadline.app.web.views.shells import shell
from leadline.app.web.views.work import office
from leadline.app.web.wording import documents, figures, marks, targets
from leadline.catalog.definitions import Gate, Incentive
from leadline.catalog.scoring import GOAL_SCORE
from leadline.errors import QueryError, suggest
from leadline.scorecards.gates import Evidence, Judged
from leadline.scorecards.incentives import Payout, PayState, find_plan, parts, payouts, pays, simulated
from leadline.scorecards.results import MeasureResult
from leadline.scorecards.tree import find, latest_period

ROUNDS, REASONS = 6, 2
NAMED = 8
"""More units than these are drawn without their names."""
PERMISSION = "workflow:item:write"


def incentive_page(reading: Reading, asked: Asked, name: str) -> IncentivePage:
    """Show a plan in a period; asked: period."""
    plan = find_plan(reading.published, name)
    paid = _paid(reading, plan, asked)
    period = paid[0].period
    newest = latest_period(reading.published, find(reading.catalog, plan.scorecard))
    standing = approval(reading.ledger, _whole(reading, plan, period.start))
    asked_for = _asked_for(reading, standing)
    return IncentivePage(
        shell=shell(reading, plan.label, "strategy"),
        title=plan.label,
        description=plan.description or "",
        owner=plan.owner or say("metric.nobody"),
        words=documents.words(reading.catalog, plan),
        period=pickers.period(reading, period, newest, lambda label: to.incentive(name, period=label)),
        sentence=_sentence(plan, paid),
        approval=say(f"pay.approval.{standing.state}"),
        item=Link(say("pay.item", item=standing.item.number), to.work_item(standing.item.number))
        if standing.item
        else None,
        ask=to.ask_payout(name) if _may_ask(reading, paid, standing) else "",
        asks_for=period.label,
        token=reading.form_token,
        curve=_curve(reading, plan, paid),
        lines=tuple(_line(reading, one, asked_for) for one in paid),
        rounds=tuple(_round(plan, each) for each in _rounds(reading, plan)),
        document=documents.document(reading.catalog, plan),
    )


def statement_page(reading: Reading, asked: Asked, name: str, unit: str) -> StatementPage:
    """Show every step of one payout; asked: period. Raises QueryError for a unit that the plan does not pay."""
    plan = find_plan(reading.published, name)
    if unit not in plan.units:
        raise QueryError(
            say("pay.no_unit", plan=plan.label, unit=unit),
            code="unknown-unit",
            hint=suggest(unit, plan.units),
        )
    one = next(each for each in _paid(reading, plan, asked) if each.unit == unit)
    label = reading.catalog.units.label(unit)
    bound = next(each for each in _whole(reading, plan, one.period.start) if each.unit == unit)
    period = dates.period(one.period)
    return StatementPage(
        shell=shell(reading, say("pay.statement", plan=plan.label, unit=label), "strategy"),
        title=say("pay.statement", plan=plan.label, unit=label),
        plan=Link(plan.label, to.incentive(name, period=one.period.label)),
        period=period,
        mark=paid_mark(one.state),
        amount=_amount(one),
        span=_range(plan, one),
        why=one.why,
        steps=tuple(_steps(one)),
        measures=tuple(_measure(reading, m, part) for m, part in parts(one.result)),
        gates=tuple(_gate(reading, gate) for gate in one.gates),
        provenance=tuple(_provenance(reading, one)),
        hash=bound.statement()["hash"],
        command=shlex.join(
            ["leadline", "incentives", name, "--period", one.period.label, "--unit", unit, "--json"]
        ),
    )


def ask(reading: Reading, given: Mapping[str, str], name: str) -> str:
    """Ask, as who is signed in, that the payouts of a period be approved; give the work item's page.

    Raises:
        QueryError: there is no such plan or period. WorkError: it is too early, or is asked already.
    """
    plan = find_plan(reading.published, name)
    period = reading.published.periods.parse(given.get("period", ""))
    paid = of_everything(reading.ledger, reading.published, plan, period.start)
    return to.work_item(submit(office(reading), paid, reading.person.name).number)


def paid_mark(state: PayState) -> Mark:
    """Give the mark of a payout's state."""
    match state:
        case "due":
            return marks.named("on target", "pay.due", "good")
        case "held":
            return marks.named("cannot tell", "pay.held", "unknown")
        case "nothing":
            return marks.named("off target", "pay.nothing", "bad")
        case "provisional":
            return marks.named("provisional", "pay.provisional", "quiet")
        case _:
            return marks.named("unscored", "pay.before", "quiet")


def _paid(reading: Reading, plan: Incentive, asked: Asked) -> list[Payout]:
    start = reading.published.periods.parse(asked.period).start if asked.period else None
    return reading.once(
        ("incentive", plan.name, start),
        lambda: payouts(
            reading.published, plan, viewer=reading.viewer, evidence=_evidence(reading, plan), period=start
        ),
    )


def _evidence(reading: Reading, plan: Incentive) -> Evidence:
    return reading.once(
        ("evidence", plan.name),
        lambda: evidence(reading.ledger, reading.published, [plan], reading.viewer),
    )


def _whole(reading: Reading, plan: Incentive, start: date) -> list[Payout]:
    """Give the payouts of every figure: what an approval is of, whoever looks."""
    key = ("incentive", plan.name, start, "whole")
    return reading.once(key, lambda: of_everything(reading.ledger, reading.published, plan, start))


def _rounds(reading: Reading, plan: Incentive) -> list[list[Payout]]:
    found = reading.once(
        ("simulated", plan.name),
        lambda: simulated(
            reading.published, plan, viewer=reading.viewer, periods=ROUNDS, evidence=_evidence(reading, plan)
        ),
    )
    return list(reversed(found))


def _money(plan: Incentive, amount: Decimal | None) -> str:
    return "–" if amount is None else f"{amount:,.2f} {plan.currency}"


def _range(plan: Incentive, one: Payout) -> str:
    if one.least is None or one.most is None:
        return ""
    return say("pay.range", least=f"{one.least:,.2f}", most=_money(plan, one.most))


def _total(plan: Incentive, due: Sequence[Payout]) -> str:
    return _money(plan, sum((one.amount for one in due if one.amount is not None), start=Decimal(0)))


def _amount(one: Payout) -> str:
    """Give what is paid; while that is not settled, what it would come to as it stands."""
    if one.amount is None and one.would_be is not None:
        return say("pay.would_be", amount=_money(one.plan, one.would_be))
    return _money(one.plan, one.amount)


def _sentence(plan: Incentive, paid: Sequence[Payout]) -> str:
    due = [one for one in paid if one.state == "due"]
    if all(one.state in {"provisional", "before the plan"} for one in paid):
        total = sum((one.would_be for one in paid if one.would_be is not None), start=Decimal(0))
        key = "pay.open" if paid[0].state == "provisional" else "pay.early"
        return say(key, total=_money(plan, total))
    found = say("pay.sentence", due=len(due), count=len(paid), total=_total(plan, due))
    held = sum(one.state == "held" for one in paid)
    return f"{found} {say('pay.held_sentence', count=held)}" if held else found


def _may_ask(reading: Reading, paid: Sequence[Payout], standing: Approval) -> bool:
    settled = all(one.state not in {"provisional", "before the plan"} for one in paid)
    return settled and standing.state not in {"asked", "approved"} and reading.may(PERMISSION)


def _asked_for(reading: Reading, standing: Approval) -> Mapping[str, str]:
    """Give by unit the amounts for which approval was asked, where something has changed since."""
    if standing.item is None or standing.state != "changed":
        return {}
    said = asked_as(office(reading), standing.item.number)
    return {one["unit"]: one["amount"] or "–" for one in said}


def _curve(reading: Reading, plan: Incentive, paid: Sequence[Payout]) -> ScatterSpec:
    """Draw what a score pays, and where each unit stands on it."""
    ends = sorted({0.0, 10.0, *(score for score, _ in plan.curve)})
    points = []
    for one in paid:
        if one.score is None or one.percent is None:
            continue
        label = reading.catalog.units.label(one.unit)
        low, high = one.low or 0.0, 10.0 if one.high is None else one.high
        words = say("pay.spoken", unit=label, score=targets.score(one.score), percent=f"{one.percent:,.1f}%")
        points.append(
            ScatterPoint(
                x=one.score, y=one.percent, ends=(low, high, pays(plan.curve, low), pays(plan.curve, high)),
                label=label if len(paid) <= NAMED else "", spoken=words,
                href=to.payout(plan.name, one.unit, period=one.period.label), now=True,
                tone=paid_mark(one.state).tone,
            )
        )  # fmt: skip
    return ScatterSpec(
        key="curve",
        title=say("pay.curve"),
        summary=say("pay.curve.about"),
        points=tuple(points),
        frontier=tuple((score, pays(plan.curve, score)) for score in ends),
        axes=(say("pay.curve.score"), say("pay.curve.percent")),
        styles=(NumberStyle("count", 0), NumberStyle("count", 0)),
        ranges=((GOAL_SCORE, None), (None, None)),
    )


def _provenance(reading: Reading, one: Payout) -> Iterator[tuple[str, str]]:
    """Name what a statement stands on: the definitions' versions, and the refresh that computed it."""
    for name, version in one.versions.items():
        kind, _, which = name.partition("/")
        known = reading.catalog.incentives if kind == "incentive" else reading.catalog.scorecards
        label = known[which].label if which in known else which
        yield label, say("pay.version", version=version)
    yield say("pay.meaning"), one.meaning[:12]
    yield say("pay.generation"), one.generation


def _line(reading: Reading, one: Payout, asked_for: Mapping[str, str]) -> PayoutLine:
    before = asked_for.get(one.unit)
    changed = () if before in {None, str(one.amount)} else (say("pay.asked_as", amount=before),)
    return PayoutLine(
        unit=Link(
            reading.catalog.units.label(one.unit),
            to.payout(one.plan.name, one.unit, period=one.period.label),
        ),
        score=targets.score(one.score),
        percent="–" if one.percent is None else f"{one.percent:,.1f}%",
        amount=_amount(one),
        span=_range(one.plan, one),
        mark=paid_mark(one.state),
        why=_why((*changed, *one.why)),
    )


def _why(reasons: Sequence[str]) -> str:
    shown = " ".join(reasons[:REASONS])
    more = len(reasons) - REASONS
    return f"{shown} {say('pay.more', count=more)}" if more > 0 else shown


def _round(plan: Incentive, paid: Sequence[Payout]) -> RoundLine:
    due = [one for one in paid if one.state == "due"]
    period = paid[0].period
    return RoundLine(
        period=Link(dates.period(period), to.incentive(plan.name, period=period.label)),
        total=_total(plan, due),
        due=say("pay.of", part=len(due), count=len(paid)),
        held=whole(sum(one.state == "held" for one in paid)),
    )


def _steps(one: Payout) -> list[tuple[str, str]]:
    plan = one.plan
    found = [(say("pay.own_score"), targets.score(one.result.score))]
    if plan.together is not None and one.together is not None:
        part = say("pay.together", percent=f"{plan.together.percent:g}%", card=one.together.scorecard.label)
        found += [(part, targets.score(one.together.score)), (say("pay.score"), targets.score(one.score))]
    found.append((say("pay.percent"), "–" if one.percent is None else f"{one.percent:,.2f}%"))
    found.append((say("pay.full"), f"{plan.amount:,.2f} {plan.currency}"))
    closed = [g for g in one.gates if g.state == "failed"]
    if closed:
        found.append((say("pay.gates"), f"{min(g.gate.pays for g in closed):g}%"))
    found.append((say("pay.amount"), _money(plan, one.amount)))
    return found


def _measure(reading: Reading, m: MeasureResult, part: float | None) -> PaidMeasure:
    o = m.observation
    style = figures.style(m.metric, o)
    value = style.value(o.value) if o is not None and o.value is not None else say("figure.no_rows")
    href = figures.href(o) if o is not None else to.metric(m.metric.name)
    return PaidMeasure(
        metric=Link(m.metric.label, to.metric(m.metric.name)),
        unit=reading.catalog.units.label(m.unit) if m.unit else "",
        figure=Link(value, href),
        interval=style.interval(o.low, o.high) if o is not None else "",
        n="–" if o is None else whole(o.n),
        target=targets.goal(m),
        mark=marks.of_node(m),
        score=targets.score(m.score),
        part=share(part, 1, 0) if part else "–",
    )


def _gate(reading: Reading, one: Judged) -> GateLine:
    tones = {"passed": ("on target", "good"), "failed": ("off target", "bad")}
    shape, tone = tones.get(one.state, ("cannot tell", "unknown"))
    figure = None
    if one.figure is not None and one.figure.value is not None:
        metric = reading.catalog.metrics[one.figure.metric]
        figure = Link(figures.style(metric, one.figure).value(one.figure.value), figures.href(one.figure))
    mark = marks.named(shape, f"pay.gate.{one.state}", tone)  # type: ignore[arg-type]  # from the table above
    return GateLine(_gate_words(reading, one.gate), mark, one.why, figure)


def _gate_words(reading: Reading, gate: Gate) -> str:
    if not gate.metric:
        return say("pay.gate_findings", kinds=", ".join(kind.replace("_", " ") for kind in gate.findings))
    metric = reading.catalog.metrics[gate.metric]
    style = NumberStyle(metric.measured_in, metric.decimals)
    words = []
    if gate.at_least is not None:
        words.append(say("trade.at_least", low=style.value(gate.at_least)))
    if gate.at_most is not None:
        words.append(say("trade.at_most", high=style.value(gate.at_most)))
    if gate.no_worse_than:
        words.append(say(f"pay.no_worse.{gate.no_worse_than}"))
    where = f", {reading.catalog.units.label(gate.unit)}" if gate.unit else ""
    return f"{metric.label}{where}: {', '.join(words)}"
