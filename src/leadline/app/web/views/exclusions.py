"""Rows that enter no figure: what detectors keep out, what each figure would be with it, and how rows come back."""

from itertools import islice

from leadline.app.excluding import Effect, effects
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts import ExclusionPage, ExclusionsPage
from leadline.app.web.contexts.exclusions import CaughtRow, EffectLine, ExclusionLine
from leadline.app.web.contexts.pieces import Link
from leadline.app.web.numbers import whole
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import documents, figures
from leadline.errors import DefinitionError, suggest
from leadline.ingest.exclusions import Exclusion, Released, exclusions, released, rows_caught

SHOWN = 20
LONGEST = 300
"""Characters of what is shown of one row, which may hold anything."""


def exclusions_page(reading: Reading, asked: Asked) -> ExclusionsPage:
    """List what every detector keeps out."""
    del asked
    found = sorted(_found(reading), key=lambda one: (-one.left_out, one.detector.label.lower()))
    return ExclusionsPage(
        shell=shell(reading, say("exclusions.title"), "sources"),
        sentence=sentence(reading),
        lines=tuple(_line(reading, one) for one in found),
    )


def exclusion_page(reading: Reading, asked: Asked, name: str) -> ExclusionPage:
    """Show what one detector keeps out.

    Raises:
        DefinitionError: there is no such detector.
    """
    del asked
    found = {one.detector.name: one for one in _found(reading)}
    if name not in found:
        hint = suggest(name, found)
        raise DefinitionError(say("exclusions.unknown", name=name), code="unknown-detector", hint=hint)
    one, detector = found[name], found[name].detector
    together = [o.detector for o in found.values() if o.detector.of == detector.of and o.left_out]
    labels = "; ".join(other.label for other in together)
    changed = _effects(reading, tuple(sorted(other.name for other in together))) if one.left_out else ()
    return ExclusionPage(
        shell=shell(reading, detector.label, "sources"),
        title=detector.label,
        description=detector.description or "",
        because=detector.because or "",
        line=_line(reading, one),
        effect_of=say("exclusions.effect_of", count=len(together), labels=labels) if together else "",
        effects=tuple(_effect(reading, effect) for effect in changed),
        rows=_rows(reading, one),
        rows_note=say("exclusions.rows", shown=whole(min(one.caught, SHOWN)), caught=whole(one.caught)),
        commands=(
            f"leadline release {name} --row KEY --reason TEXT",
            f"leadline release {name} --reason TEXT",
            f"leadline exclude {name} --reason TEXT",
            "leadline refresh",
        ),
        document=documents.document(reading.catalog, detector),
    )


def sentence(reading: Reading) -> str:
    """Say how many rows enter no figure; empty where no detector looks."""
    found = _found(reading)
    count = sum(one.left_out for one in found)
    return say("exclusions.sentence", count=count, rows=whole(count)) if found else ""


def _found(reading: Reading) -> list[Exclusion]:
    """Give what each detector caught; what people released since counts from the next refresh on."""
    catalog, given = reading.catalog, _released(reading)
    caught = reading.published.generation.tables.get("caught", {})
    state = tuple((name, _state(one)) for name, one in sorted(given.items()))

    def read() -> list[Exclusion]:
        return exclusions(
            catalog.detectors, catalog.facts, reading.published.engine, caught, given, examples=0
        )

    return reading.once(("exclusions", state), read)


def _released(reading: Reading) -> dict[str, Released]:
    return released(reading.ledger) if reading.catalog.detectors else {}


def _state(one: Released) -> tuple[bool, frozenset[tuple[str, ...]], frozenset[tuple[str, ...]]]:
    return one.everything, one.rows, one.but


def _line(reading: Reading, one: Exclusion) -> ExclusionLine:
    return ExclusionLine(
        detector=Link(one.detector.label, to.exclusion(one.detector.name)),
        fact=documents.link(reading.catalog.facts[one.detector.of]),
        caught=whole(one.caught),
        released=whole(one.released),
        left_out=whole(one.left_out),
    )


def _effects(reading: Reading, names: tuple[str, ...]) -> list[Effect]:
    return reading.once(("effects", names), lambda: effects(reading.published, names, viewer=reading.viewer))


def _effect(reading: Reading, one: Effect) -> EffectLine:
    metric, other = reading.catalog.metrics[one.without.metric], one.with_them
    written = figures.style(metric, one.without)
    low, high, value = one.without.low, one.without.high, other.value
    return EffectLine(
        metric=Link(metric.label, to.metric(metric.name, period=one.without.period, grain=one.without.grain)),
        without=figures.figure(written, one.without),
        with_them=say("exclusions.no_figure") if value is None else written.value(value),
        interval="" if value is None else written.interval(other.low, other.high),
        n=whole(other.n),
        outside=value is not None and low is not None and high is not None and not low <= value <= high,
    )


def _rows(reading: Reading, one: Exclusion) -> tuple[CaughtRow, ...]:
    fact = reading.catalog.facts[one.detector.of]
    relation = reading.published.generation.tables["caught"][one.detector.name]
    mine = _released(reading).get(one.detector.name, Released())
    found = list(islice(rows_caught(reading.published.engine, fact, relation), SHOWN))
    reading.tell(
        "ingest:row:read", f"detector:{one.detector.name}", purpose="rows left out", subjects=len(found)
    )
    return tuple(
        CaughtRow(
            _cut("|".join(key)), _cut(seen),
            say("exclusions.released" if mine.releases(key) else "exclusions.left_out"),
        )
        for key, seen in found
    )  # fmt: skip


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
