"""What happened to a metric's definition and its figures, as its pages show it: versions, outages, its end.

The rule: a step in a series is never a mystery. What marks it stands in the drawing, and in words below with the way to
what changed and who decided it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.charts.specs import TrendMark
from leadline.app.web.contexts.metrics import MarkLine
from leadline.app.web.contexts.pieces import Alert, Link, Mark
from leadline.app.web.contexts.work import WorkBox
from leadline.app.web.numbers import NumberStyle
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views import work_lines
from leadline.app.web.wording import figures
from leadline.catalog.definitions import Definition, Metric
from leadline.governance.lives import Life, Taken, life
from leadline.metrics.editions import candidate
from leadline.metrics.observation import Notice, Observation
from leadline.store import work_entries as w
from leadline.store.effective import DeedDone

RESTATED = 4
"""So many restated periods are said one by one."""


@dataclass(frozen=True, slots=True)
class Lived:
    """A metric's life, and what of it stands on its page: above all else, on the trend, below the trend."""

    life: Life
    series: Sequence[Observation]
    alerts: tuple[Alert, ...]
    marks: tuple[TrendMark, ...]
    lines: tuple[MarkLine, ...]


def of_metric(reading: Reading, metric: Metric, series: Sequence[Observation]) -> Lived:
    """Give what happened to a metric, as far as a series of its figures shows it."""
    found = life_of(reading, "metric", metric.name)
    written = figures.style(metric, series[-1] if series else None)
    marks, lines = marked(reading, metric, series, found, written)
    return Lived(found, series, alerts(reading, metric, found), marks, lines)


def work(reading: Reading, figure: str, metric: str) -> WorkBox:
    """Give what is open about a metric, and ways to open more: a dispute of the figure that is shown, reviews."""
    opens = [
        ("work.dispute", to.work_open(workflow="kpi_dispute", figure=figure)),
        ("work.review", to.work_open(workflow="quarterly_review", metric=metric)),
        ("work.more", to.work_open(metric=metric)),
    ]
    return work_lines.box(reading, w.Link("metric", metric), opens)


def life_of(reading: Reading, kind: str, name: str) -> Life:
    """Give the life of a definition."""
    with reading.ledger.read() as reader:
        return life(reader, kind, name)


def alerts(reading: Reading, metric: Metric, lived: Life) -> tuple[Alert, ...]:
    """Give what stands above everything else on a metric's page: its end, emergencies, a candidate beside it."""
    found = [_ends(reading, one) for one in reading.published.marks.ends(reading.catalog, metric.name)]
    found += emergencies(reading, lived)
    if candidate(reading.published, metric.name) is not None:
        link = Link(say("lives.candidate_link"), to.candidate(metric.name))
        found.append(
            Alert(Mark("moved", say("lives.candidate"), "quiet"), say("lives.candidate_is"), (link,))
        )
    return tuple(found)


def of_measures(reading: Reading, names: Iterable[str]) -> tuple[Alert, ...]:
    """Give what ends of some metrics, or of what they are made of: each once."""
    marks = reading.published.marks
    if not marks.endings:
        return ()
    found = {
        (one.what, one.text): one
        for name in dict.fromkeys(names)
        for one in marks.ends(reading.catalog, name)
    }
    return tuple(_ends(reading, one) for one in found.values())


def of_definition(reading: Reading, one: Definition) -> tuple[Alert, ...]:
    """Give what stands above all else on a definition's page."""
    lived = life_of(reading, one.kind, one.name)
    metric = reading.catalog.metrics.get(one.name) if one.kind == "metric" else None
    if metric is not None:
        return alerts(reading, metric, lived)
    line, found = lived.timeline, emergencies(reading, lived)
    if line.stage in {"deprecated", "sunset"}:
        words = say("lives.ends", day=dates.day(line.ends)) if line.ends else say("lives.will_end")
        instead = say("history.instead", name=line.replaced_by) if line.replaced_by else ""
        link = Link(say("lives.history"), to.history(one.kind, one.name))
        found.insert(
            0, Alert(Mark("stale", say(f"lives.{line.stage}"), "risk"), f"{words} {instead}".strip(), (link,))
        )
    return tuple(found)


def emergencies(reading: Reading, lived: Life) -> list[Alert]:
    """Give the marks that stay for ever on what came into force without approval."""
    found = []
    for deed in lived.emergencies:
        words = say("lives.emergency_was", version=lived.number(deed.definition) or "–",
                    day=dates.instant(deed.at, reading.zone), who=deed.actor)  # fmt: skip
        mark = Mark("refused", say("lives.emergency"), "bad")
        found.append(Alert(mark, words, tuple(_request(reading, deed))))
    return found


def _ends(reading: Reading, one: Notice) -> Alert:
    ending = next(e for e in reading.published.marks.endings if one.text.endswith(str(e)))
    links = [Link(say("lives.history"), to.history("metric", ending.metric))]
    known = reading.catalog.metrics.get(ending.replaced_by)
    if known is not None:
        links.insert(0, Link(say("lives.instead", title=known.label), to.metric(known.name)))
    return Alert(Mark("stale", say(f"lives.{one.what}"), "risk"), one.text, tuple(links))


def marked(
    reading: Reading, metric: Metric, series: Sequence[Observation], lived: Life, written: NumberStyle
) -> tuple[tuple[TrendMark, ...], tuple[MarkLine, ...]]:
    """Give what is marked on a trend, and what it means."""
    marks: list[TrendMark] = []
    lines: list[MarkLine] = []
    for made, line in (
        *_versions(reading, metric, series, lived), *_outages(reading, metric, series), *_restated(series, written),
    ):  # fmt: skip
        marks += [made] if made else []
        lines.append(line)
    return tuple(marks), tuple(lines)


Marked = tuple[TrendMark | None, MarkLine]


def _versions(
    reading: Reading, metric: Metric, series: Sequence[Observation], lived: Life
) -> Iterator[Marked]:
    """Give each version that takes effect within the series; and the one that counts for all of it, where it is not
    the first."""
    taken = {one.version.version: one for one in lived.taken}
    known = {one.version for one in lived.versions}
    first = series[0].version if series else 0
    if first in taken and taken[first].since is None and taken[first].deed.deed == "apply":
        yield TrendMark("version", 0, 0, f"v{first}"), _version(reading, metric, taken[first], None)
    elif not taken and len(known) > 1:
        said = say(
            "lives.everywhere", version=first, day=dates.instant(lived.versions[-1].recorded_at, reading.zone)
        )
        yield None, MarkLine(f"v{first}", said, (_difference(metric, known, first),))
    for nth, (before, after) in enumerate(pairwise(series), start=1):
        if after.version == before.version:
            continue
        mark = TrendMark("version", nth, nth, f"v{after.version}")
        found = taken.get(after.version)
        if found is not None:
            yield mark, _version(reading, metric, found, after)
        else:  # what it is made of took effect
            said = say("lives.beneath", version=after.version, period=dates.period(dates.period_of(after)))
            yield (
                mark,
                MarkLine(mark.text, said, (Link(say("lives.history"), to.history("metric", metric.name)),)),
            )


def _version(reading: Reading, metric: Metric, one: Taken, first: Observation | None) -> MarkLine:
    deed, number = one.deed, one.version.version
    said = say(
        "lives.from" if first is not None else "lives.restating",
        version=number,
        period=dates.period(dates.period_of(first)) if first is not None else "",
        day=dates.day(one.since) if one.since else "",
        at=dates.instant(deed.at, reading.zone),
        who=deed.actor,
    )
    links = [_difference(metric, {number - 1, number}, number)] if number > 1 else []
    return MarkLine(f"v{number}", said, (*links, *_request(reading, deed)))


def _difference(metric: Metric, known: Iterable[int], now: int) -> Link:
    before = max((one for one in known if one < now), default=now)
    return Link(say("lives.difference"), to.history("metric", metric.name, old=str(before), new=str(now)))


def request_link(reading: Reading, deed: DeedDone) -> Link | None:
    """Give the way to the item that allowed a deed (`change_request 12 (emergency)`), for who may read it."""
    number = re.search(r"\d+", deed.request)
    if number is None:
        return None
    at = int(number.group())
    if deed.deed == "apply":
        said = say("lives.request", number=at)
        return Link(said, to.change(at)) if reading.may("governance:change:read") else None
    return Link(say("lives.item", number=at), to.work_item(at)) if reading.may("workflow:item:read") else None


def _request(reading: Reading, deed: DeedDone) -> Iterator[Link]:
    link = request_link(reading, deed)
    if link is not None:
        yield link


def _outages(reading: Reading, metric: Metric, series: Sequence[Observation]) -> Iterator[Marked]:
    """Give each stretch of periods in which the metric was suspended, with the outages that lie in it."""
    placed = enumerate(series)
    for suspended, run in groupby(placed, key=lambda one: one[1].status == "suspended"):
        if not suspended:
            continue
        found = list(run)
        (first, begin), (last, end) = found[0], found[-1]
        of = reading.published.marks.of(reading.catalog, metric.name, begin.unit)
        here = [one for one in of if one.days(begin.start, end.end)]
        said = " ".join(
            say("lives.outage", since=dates.day(one.since), why=one.reason.rstrip("."),
                until=dates.day(one.until) if one.until else say("lives.open_end"))
            for one in here
        )  # fmt: skip
        numbers = dict.fromkeys(n.group() for one in here if (n := re.search(r"\d+", one.item)))
        links = tuple(Link(say("lives.item", number=number), to.work_item(int(number))) for number in numbers)
        yield (
            TrendMark("outage", first, last, say("lives.suspended")),
            MarkLine(say("lives.suspended"), said, links if reading.may("workflow:item:read") else ()),
        )


def _restated(series: Sequence[Observation], written: NumberStyle) -> Iterator[Marked]:
    """Say what figures were when they were first final."""
    found = [one for one in series if one.former is not None and one.value is not None]
    if not found:
        return
    said = "; ".join(
        say("lives.was", period=dates.period(dates.period_of(one)), former=written.value(one.former or 0.0),
            now=written.value(one.value or 0.0))
        for one in found[-RESTATED:]
    )  # fmt: skip
    more = say("lives.more", count=len(found) - RESTATED) if len(found) > RESTATED else ""
    yield None, MarkLine(say("status.restated"), f"{said}.{' ' + more if more else ''}", ())
