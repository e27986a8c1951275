"""Sources: how fresh each is, how many rows came in, which are held and why."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.charts.specs import BarSpec
from leadline.app.web.contexts import SourcesPage
from leadline.app.web.contexts.pieces import Mark
from leadline.app.web.contexts.sources import Law, Reason, SourceLine
from leadline.app.web.numbers import share, whole
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views import reliability
from leadline.app.web.views.exclusions import sentence
from leadline.app.web.views.reconciliations import reconciled
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import documents, marks
from leadline.catalog.definitions import Grain, RowMetric, Source
from leadline.ingest.landing.unclaimed import unclaimed
from leadline.ingest.law import Law as Rows
from leadline.ingest.quarantine import HeldGroup, groups
from leadline.ingest.result import live_law
from leadline.store.entries import Batch

REASONS = 3
_EVERY: dict[Grain, timedelta] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=31),
    "quarter": timedelta(days=92),
    "year": timedelta(days=366),
}
_ORDER = ("refused", "stale", "no data", "unscored", "on target")


def sources(reading: Reading, asked: Asked) -> SourcesPage:
    """List the sources, those in trouble first."""
    del asked
    every = reading.batches()
    found = [Intake.of(reading, source, every) for source in reading.catalog.sources.values()]
    lines = sorted(
        (line(reading, one, REASONS) for one in found),
        key=lambda one: (_ORDER.index(one.mark.shape), one.source.text.lower()),
    )
    return SourcesPage(
        shell=shell(reading, say("sources.title"), "sources"),
        law=law(sum((one.rows for one in found), Rows())),
        lines=tuple(lines),
        reconciled=reconciled(reading),
        excluded=sentence(reading),
        astray=tuple(one.words for one in unclaimed(reading.catalog)),
    )


@dataclass(frozen=True, slots=True)
class Intake:
    """What came in from one source: the batches that count in this generation, the files refused last, and how many
    rows are held for each reason, the most frequent first."""

    source: Source
    live: tuple[Batch, ...]
    refused: tuple[Batch, ...]
    reasons: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, reading: Reading, source: Source, every: list[Batch]) -> "Intake":
        """Sort a source's batches. A refusal counts while no later batch of the same file was loaded.

        Rows that were released after this generation count from the next one on: until then they are held.
        """
        mine = [batch for batch in every if batch.source == source.name]
        counted = [batch for batch in mine if batch.id in reading.published.batches]
        released: Counter[str] = Counter()
        for batch in counted:
            released[batch.replays or ""] += batch.rows_accepted
        live = tuple(replace(batch, released=released[batch.id]) for batch in counted)
        last = {batch.file: batch for batch in mine if not batch.replays}
        refused = tuple(batch for batch in last.values() if batch.state == "refused")
        return cls(source, live, refused, _reasons(reading, live))

    @property
    def rows(self) -> Rows:
        """The law of rows over what counts; a row released since is accepted in its replay."""
        return live_law(self.live)

    @property
    def newest(self) -> datetime | None:
        """The newest instant of any row."""
        return max((batch.at_max for batch in self.live if batch.at_max), default=None)


def held_groups(reading: Reading, source: str, live: tuple[Batch, ...], examples: int) -> list[HeldGroup]:
    """Give the rows of a source that are held still, by file and reason, with examples."""
    state = tuple((batch.id, batch.released) for batch in live if batch.rows_quarantined)
    if not state:
        return []
    ids = {batch for batch, _ in state}

    def read() -> list[HeldGroup]:
        found = groups(reading.published.engine, reading.ledger, source=source, examples=examples)
        return [group for group in found if group.batch in ids]

    return reading.once(("held", source, state, examples), read)


def _reasons(reading: Reading, live: tuple[Batch, ...]) -> tuple[tuple[str, int], ...]:
    """Count held rows by reason: as the ingest counted them, or anew where rows have been released since."""
    counted: Counter[str] = Counter()
    if any(batch.released for batch in live):
        for group in held_groups(reading, live[0].source, live, 1):
            counted[group.reason] += group.rows
    else:
        for batch in live:
            counted.update(batch.reasons)
    return tuple(counted.most_common())


def line(reading: Reading, one: Intake, reasons: int) -> SourceLine:
    """Give a source as a line."""
    rows = one.rows
    mark, freshness = _freshness(reading, one)
    total = sum(count for _, count in one.reasons)
    return SourceLine(
        source=documents.link(one.source),
        fact=documents.link(reading.catalog.facts[one.source.fact]),
        mark=mark,
        freshness=freshness,
        newest=dates.instant(one.newest, reading.zone) if one.newest else "–",
        files=whole(len({batch.file for batch in one.live})),
        rows=whole(rows.rows_in),
        accepted=whole(rows.accepted),
        held=whole(rows.held),
        held_share=share(rows.held, rows.rows_in, 2),
        bar=BarSpec(
            rows.held, rows.rows_in, say("sources.bar", held=whole(rows.held), rows=whole(rows.rows_in))
        ),
        reasons=tuple(_reason(one.source.name, text, count, total) for text, count in one.reasons[:reasons]),
        **reliability.columns(reading, one.source),
    )


def law(rows: Rows) -> Law:
    """Give the law of rows as shown."""
    return Law(whole(rows.rows_in), whole(rows.accepted), whole(rows.held), rows.holds)


def _reason(source: str, text: str, count: int, total: int) -> Reason:
    words = say("sources.bar", held=whole(count), rows=whole(total))
    return Reason(text, whole(count), to.source(source, reason=text), BarSpec(count, total, words))


def _freshness(reading: Reading, one: Intake) -> tuple[Mark, str]:
    """Say how old the newest row was at the refresh, held against how often the metrics expect rows."""
    if one.refused:
        return marks.named("refused", "files.refused", "bad"), say("sources.refused", count=len(one.refused))
    if not one.live:
        return marks.named("no data", "sources.no_file", "quiet"), say("sources.no_file.hint")
    if one.newest is None:
        return marks.named("unscored", "sources.loaded", "quiet"), ""
    age = max(reading.published.generation.as_of - one.newest, timedelta(0))
    words = say("sources.age", age=dates.length(age))
    if one.source.expected is not None:
        return reliability.freshness(reading, one.source, words)
    allowed = _allowed(reading, one.source)
    if allowed is None:
        return marks.named("unscored", "sources.loaded", "quiet"), words
    if age > allowed and (after := _followed_by(reading, one)):
        return marks.named("unscored", "sources.ended", "quiet"), say("sources.followed", names=after)
    if age > allowed:
        return marks.named("stale", "sources.late", "risk"), say(
            "sources.expected", words=words, every=dates.length(allowed)
        )
    return marks.named("on target", "sources.fresh", "good"), words


def _followed_by(reading: Reading, one: Intake) -> str:
    """Name a source of the same fact whose rows all come after this one's: that one was succeeded, it is not late."""
    later = []
    for sibling in reading.catalog.sources.values():
        starts = [
            b.at_min for b in reading.published.batches.values() if b.source == sibling.name and b.at_min
        ]
        if sibling.fact == one.source.fact and starts and one.newest and min(starts) > one.newest:
            later.append((min(starts), sibling.label))
    return min(later)[1] if later else ""


def _allowed(reading: Reading, source: Source) -> timedelta | None:
    """Give how old the newest row may be: the shortest that any metric of its rows expects; None where none does.

    Metrics that only look something up in it expect nothing: a list of customers need not grow every day.
    """
    waits = []
    facts = _made_of(reading, source.fact)
    for one in reading.catalog.metrics.values():
        if isinstance(one, RowMetric) and one.of in facts:
            amount, unit = one.collected.available_after.split()
            wait = timedelta(**{f"{unit.removesuffix('s')}s": int(amount)})
            waits.append(_EVERY[one.collected.every] + wait)
    return min(waits) + timedelta(days=1) if waits else None


def _made_of(reading: Reading, fact: str) -> set[str]:
    """Name a fact and those derived from it, in as many steps as there are."""
    found = {fact}
    while more := {one.name for one in reading.catalog.facts.values() if one.from_ in found} - found:
        found |= more
    return found
