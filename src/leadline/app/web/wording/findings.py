"""Findings as lines: the statement as the refresh made it, a mark, its evidence, and where to look."""

from collections.abc import Mapping
from typing import Any

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.contexts.pieces import FindingLine, Link, Mark
from leadline.app.web.numbers import NumberStyle, whole
from leadline.app.web.texts import TEXTS, say
from leadline.app.web.wording import marks
from leadline.metrics.published import Published
from leadline.store.entries import Finding


def line(published: Published, one: Finding) -> FindingLine:
    """Give one finding as it is listed. It leads to the metric, at its period, unit and slice."""
    metric = published.catalog.metrics.get(one.metric)
    title = metric.label if metric else one.metric
    period = published.periods.parse(one.period)
    href = to.metric(one.metric, grain=one.grain, period=one.period, unit=one.unit, slice=one.slice)
    units = published.catalog.units
    unit = units.label(one.unit) if one.unit and one.unit in units.names else one.unit or ""
    where = " · ".join(filter(None, (unit, one.slice.replace("=", ": "))))
    link = Link(title, to.metric(one.metric))
    if one.kind == "late_feed":
        source = published.catalog.sources.get(one.metric)
        link = Link(source.label if source else one.metric, to.source(one.metric))
        href = link.href
    elif one.kind == "trade_off":
        href = to.trade_off(str(one.evidence.get("trade_off", "")))
    elif one.kind == "reconciliation":
        name = str(one.evidence.get("reconciliation", ""))
        href = to.reconciliation(name, period=one.period, unit=one.unit, slice=one.slice)
    old = one.first_generation != published.generation.id
    return FindingLine(
        mark=mark(one),
        kind=say("finding.size", size=say(f"severity.{one.severity}"), kind=kind(one.kind)),
        statement=one.statement,
        metric=link,
        period=dates.period(period),
        where=where,
        facts=evidence(one),
        href=href,
        since=say("finding.known") if old else "",
        work=to.work_open(finding=one.id),
    )


def kind(name: str) -> str:
    """Give a kind of finding in words."""
    key = f"finding.{name}"
    return say(key) if key in TEXTS else name.replace("_", " ")


def mark(one: Finding) -> Mark:
    """Give a finding's mark: off target, or whether the change is for the better."""
    if one.kind == "late_feed":
        return marks.named("stale", "sources.late", "risk")
    if one.kind == "reconciliation":
        return marks.named("off target", "reconciled.differs", "bad")
    if one.kind == "off_target":
        return marks.of("off target")
    match one.direction:
        case "bad":
            return marks.named("worse", "finding.worse", "bad")
        case "good":
            return marks.named("better", "finding.better", "good")
        case _:
            return marks.named("moved", "finding.moved", "unknown")


def evidence(one: Finding) -> tuple[tuple[str, str], ...]:
    """Give the evidence that a reader can check, label and value, in one order."""
    given: Mapping[str, Any] = one.evidence
    written = NumberStyle(str(given.get("measured_in", "")), None)
    low, high = given.get("low"), given.get("high")
    found: list[tuple[str, str]] = []
    if isinstance(low, float) and isinstance(high, float):
        key = "evidence.interval" if "difference" in given else "evidence.figure_interval"
        found.append((say(key), written.interval(low, high)))
    for name in ("adjusted_p", "p", "tested", "test", "method"):
        value = given.get(name)
        if value is not None:
            found.append((say(f"evidence.{name}"), _written(value)))
    return tuple(found)


def _written(value: object) -> str:
    match value:
        case float():
            return "<0.0001" if value < 0.0001 else f"{value:.4f}"
        case int():
            return whole(value)
        case _:
            return str(value)
