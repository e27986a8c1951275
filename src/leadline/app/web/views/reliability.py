"""How far a source may be relied on, as its pages and its metrics' pages say it."""

from datetime import datetime
from typing import Any, TypedDict

from leadline.app.attainment import attained
from leadline.app.web.addresses import to
from leadline.app.web.charts.specs import BarSpec, SparkSpec, Tone
from leadline.app.web.contexts.pieces import Link, Mark
from leadline.app.web.contexts.sources import PartLine
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.wording import documents, marks
from leadline.catalog.definitions import Metric, MetricBase, Source
from leadline.catalog.graph import downstream
from leadline.ingest.reliability.scores import PARTS
from leadline.metrics import reliance
from leadline.metrics.lateness import Late

REFRESHES = 30
"""So many refreshes are drawn."""


class Columns(TypedDict):
    """What a source's line says of its reliability."""

    score: str
    weakest: str
    objective: str
    metrics: str


def columns(reading: Reading, source: Source) -> Columns:
    """Give the reliability of a source in a line."""
    told = _told(reading, source)
    known: dict[str, float] = told.get("parts", {})
    least = min(known, key=lambda name: known[name], default="")
    weakest = ""
    if least and known[least] < 99.5:
        name = say(f"reliability.{least}").lower()
        weakest = say("reliability.least", part=name, value=_whole(known[least]))
    count = len(dependent(reading, source))
    return Columns(
        score=_whole(told.get("score")),
        weakest=weakest,
        objective=_objective(reading, source),
        metrics=say("source.count", count=count) if count else "",
    )


def freshness(reading: Reading, source: Source, words: str) -> tuple[Mark, str]:
    """Say whether a source that has an objective meets it at this refresh."""
    late_ = _late(reading, source)
    if late_:
        return marks.named("stale", "sources.late", "risk"), " ".join(late(reading, source))
    return marks.named("on target", "sources.fresh", "good"), words


def parts(reading: Reading, source: Source) -> tuple[PartLine, ...]:
    """Give each part with what it says."""
    known: dict[str, float] = _told(reading, source).get("parts", {})
    lines = []
    for name in PARTS:
        value = known.get(name)
        bar = None
        if value is not None:
            bar = BarSpec(
                value, 100.0, say("reliability.bar_words", value=_whole(value)), _tone(source, value)
            )
        lines.append(
            PartLine(say(f"reliability.{name}"), _whole(value), bar, say(f"reliability.{name}.says"))
        )
    return tuple(lines)


def history(reading: Reading, source: Source) -> SparkSpec | None:
    """Give the scores at the last refreshes, oldest first; nothing where there is but one."""
    told = [one.get(source.name, {}).get("score") for _, one in reversed(_history(reading)[:REFRESHES])]
    if sum(value is not None for value in told) < 2:
        return None
    goal = source.expected.reliable_from if source.expected else None
    return SparkSpec(tuple(told), say("reliability.spark", count=len(told)), goal)


def late(reading: Reading, source: Source) -> tuple[str, ...]:
    """Say what of a source is late."""
    return tuple(one.words(reading.catalog) for one in _late(reading, source))


def dependent(reading: Reading, source: Source) -> tuple[Link, ...]:
    """Give the metrics whose figures a source decides."""
    found = [one for one in downstream(reading.catalog, source) if isinstance(one, MetricBase)]
    return tuple(documents.link(one) for one in sorted(found, key=lambda one: one.label.lower()))


def troubles(reading: Reading, metric: Metric) -> tuple[Link, ...]:
    """Say which sources of a metric are late or unreliable, each leading to its page."""
    waiting = {
        part.source: part
        for leaf in reading.published.rows(metric.name)
        for part, _ in reading.published.lateness.reaching(leaf)
    }
    late_ = [Link(part.words(reading.catalog), to.source(name)) for name, part in sorted(waiting.items())]
    unsure = reliance.unreliable(reading.catalog, reading.published.generation.tables, metric)
    return (*late_, *(Link(words, to.source(name)) for name, words in unsure.items() if name not in waiting))


def _objective(reading: Reading, source: Source) -> str:
    found = attained(source, _history(reading), reading.zone)
    if found is None or source.expected is None:
        return ""
    return say(
        "reliability.attained",
        count=found.days,
        met=found.met,
        days=found.days,
        wanted=source.expected.within,
    )


def _told(reading: Reading, source: Source) -> dict[str, Any]:
    told: dict[str, Any] = reading.published.generation.tables.get("reliability", {})
    found: dict[str, Any] = told.get(source.name, {})
    return found


def _history(reading: Reading) -> list[tuple[datetime, Any]]:
    def read() -> list[tuple[datetime, Any]]:
        with reading.ledger.read() as reader:
            return [one for one in reader.told("reliability") if one[0] <= reading.published.generation.as_of]

    return reading.once(("reliability",), read)


def _late(reading: Reading, source: Source) -> list[Late]:
    return [part for part in reading.published.lateness.parts if part.source == source.name]


def _tone(source: Source, value: float) -> Tone:
    wanted = source.expected.reliable_from if source.expected else 80.0
    return "good" if value >= wanted else "risk"


def _whole(value: float | None) -> str:
    """Write a score, or that nothing is known of it."""
    if value is None:
        return say("reliability.unknown")
    return reliance.score(value)
