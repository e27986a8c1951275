"""Incentive plans: what is paid for a period, what would have been paid before, and one statement with every step."""

import shlex
from collections.abc import Sequence
from decimal import Decimal

from leadline.app.payouts import approval
from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts import IncentivePage, StatementPage
from leadline.app.web.contexts.pieces import Link, Mark
from leadline.app.web.contexts.trading import GateLine, PaidMeasure, PayoutLine, RoundLine
from leadline.app.web.numbers import NumberStyle, share, whole
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views import pickers
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import documents, figures, marks, targets
from leadline.catalog.definitions import Gate, Incentive
from leadline.errors import QueryError, suggest
from leadline.scorecards.incentives import Judged, Payout, PayState, find_plan, payouts, simulated
from leadline.scorecards.results import MeasureResult
from leadline.scorecards.tree import find, latest_period

ROUNDS, REASONS = 6, 2


def incentive_page(reading: Reading, asked: Asked, name: str) -> IncentivePage:
    """Show a plan in a period; asked: period."""
    plan = find_plan(reading.published, name)
    paid = _paid(reading, plan, asked)
    period = paid[0].period
    newest = latest_period(reading.published, find(reading.catalog, plan.scorecard))
    due = [one for one in paid if one.state == "due"]
    return IncentivePage(
        shell=shell(reading, plan.label, "strategy"),
        title=plan.label,
        description=plan.description or "",
        owner=plan.owner or say("metric.nobody"),
        words=documents.words(reading.catalog, plan),
        period=pickers.period(reading, period, newest, lambda label: to.incentive(name, period=label)),
        sentence=say("pay.sentence", due=len(due), count=len(paid), total=_total(plan, due)),
        approval=_approval(reading, paid),
        lines=tuple(_line(reading, one) for one in paid),
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
    period = dates.period(one.period)
    return StatementPage(
        shell=shell(reading, say("pay.statement", plan=plan.label, unit=label), "strategy"),
        title=say("pay.statement", plan=plan.label, unit=label),
        plan=Link(plan.label, to.incentive(name, period=one.period.label)),
        period=period,
        mark=paid_mark(one.state),
        amount=_money(plan, one.amount),
        span=_range(plan, one),
        why=one.why,
        steps=tuple(_steps(one)),
        measures=tuple(_measure(reading, m) for m in one.result.measures()),
        gates=tuple(_gate(reading, gate) for gate in one.gates),
        hash=one.statement()["hash"],
        command=shlex.join(
            ["leadline", "incentives", name, "--period", one.period.label, "--unit", unit, "--json"]
        ),
    )


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
            reading.published, plan, viewer=reading.viewer, found=reading.findings(), period=start
        ),
    )


def _rounds(reading: Reading, plan: Incentive) -> list[list[Payout]]:
    found = reading.once(
        ("simulated", plan.name),
        lambda: simulated(
            reading.published, plan, viewer=reading.viewer, periods=ROUNDS, found=reading.findings()
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


def _line(reading: Reading, one: Payout) -> PayoutLine:
    return PayoutLine(
        unit=Link(
            reading.catalog.units.label(one.unit),
            to.payout(one.plan.name, one.unit, period=one.period.label),
        ),
        score=targets.score(one.score),
        percent="–" if one.percent is None else f"{one.percent:,.1f}%",
        amount=_money(one.plan, one.amount),
        span=_range(one.plan, one),
        mark=paid_mark(one.state),
        why=_why(one.why),
    )


def _approval(reading: Reading, paid: Sequence[Payout]) -> str:
    """Say where the approval stands, and by which work item."""
    found = approval(reading.ledger, paid)
    return say(f"pay.approval.{found.state}", item=found.item.number if found.item else 0)


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


def _measure(reading: Reading, m: MeasureResult) -> PaidMeasure:
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
        counts=share(m.counts, 1, 0) if m.weight > 0 else "–",
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
    return f"{metric.label}: {', '.join(words)}"
