"""A definition in words and as written, with its versions and its neighbours."""

from datetime import datetime

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.contexts.pieces import Document, Link, VersionLine
from leadline.app.web.texts import say
from leadline.catalog import Catalog
from leadline.catalog.definitions import (
    Calendar,
    Definition,
    Fact,
    Incentive,
    MetricBase,
    Objective,
    Project,
    Reconciliation,
    Scorecard,
    Source,
    TradeOff,
    Unit,
)
from leadline.catalog.definitions.calendar import WEEKDAYS
from leadline.metrics import words as metric_words
from leadline.store.entries import DefinitionVersion

HASH = 10


def document(catalog: Catalog, definition: Definition) -> Document:
    """Give a definition as a reader and as its author sees it."""
    return Document(
        words=words(catalog, definition),
        text=catalog.text(definition).strip(),
        place=str(catalog.place(definition)),
        href=to.definition(definition.kind, definition.name),
    )


def words(catalog: Catalog, definition: Definition) -> tuple[str, ...]:
    """Give a definition as sentences."""
    match definition:
        case MetricBase():
            return metric_words.metric(catalog, catalog.metrics[definition.name])
        case Source():
            return _source(definition)
        case Fact():
            return _fact(definition)
        case Unit():
            return _unit(definition)
        case Calendar():
            return _calendar(definition)
        case _:
            return _of_readings(catalog, definition)


def _of_readings(catalog: Catalog, definition: Definition) -> tuple[str, ...]:
    """Give what those who read figures declare, as sentences."""
    match definition:
        case Reconciliation():
            return _reconciliation(catalog, definition)
        case TradeOff():
            return _trade_off(catalog, definition)
        case Incentive():
            return _incentive(catalog, definition)
        case Scorecard():
            return _scorecard(definition)
        case Objective():
            return (definition.description,) if definition.description else (say("words.objective"),)
        case Project():
            return (say("words.project", zone=definition.time_zone, warehouse=definition.warehouse),)
        case _:
            return ()


def _source(one: Source) -> tuple[str, ...]:
    if one.files is not None:
        found = [say("words.source", files=one.files, fact=one.fact)]
    else:
        found = [say(f"words.source_{one.connector or 'landed'}", fact=one.fact)]
    if one.time_zone:
        found.append(say("words.source_zone", zone=one.time_zone))
    found += [say("words.source_reject", when=rule.when, reason=rule.reason) for rule in one.reject]
    return tuple(found)


def _fact(one: Fact) -> tuple[str, ...]:
    key = ", ".join(one.key) or say("words.nothing")
    found = [say("words.fact_from", fact=one.from_, key=key) if one.from_ else say("words.fact", key=key)]
    if one.at:
        found.append(say("words.fact_at", column=one.at))
    if one.unit:
        found.append(say("words.fact_unit", column=one.unit))
    return tuple(found)


def _unit(one: Unit) -> tuple[str, ...]:
    found = [say("words.unit_under", parent=one.parent) if one.parent else say("words.unit_top")]
    if one.codes:
        found.append(say("words.unit_codes", codes=", ".join(one.codes)))
    if one.time_zone:
        found.append(say("words.unit_zone", zone=one.time_zone))
    if one.children:
        found.append(say("words.unit_children", names=", ".join(child.label for child in one.children)))
    return tuple(found)


def _scorecard(one: Scorecard) -> tuple[str, ...]:
    measures = sum(len(o.measures) for p in one.perspectives for o in p.objectives)
    return (
        say("words.scorecard", period=one.period, perspectives=len(one.perspectives), measures=measures),
        say("words.scorecard_gaps", share=f"{one.missing_data.minimum_confidence:g}%"),
    )


def _reconciliation(catalog: Catalog, one: Reconciliation) -> tuple[str, ...]:
    sides = {name: catalog.metrics[name].label for name in (one.left, one.right)}
    found = [say("words.reconciliation", left=sides[one.left], right=sides[one.right], grain=one.grain)]
    found.append(tolerance(one))
    if one.key:
        found.append(say("words.reconciliation_key", key=", ".join(one.key)))
    return tuple(found)


def _trade_off(catalog: Catalog, one: TradeOff) -> tuple[str, ...]:
    labels = [catalog.metrics[side.metric].label for side in one.sides]
    return (say("words.trade_off", one=labels[0], other=labels[1], grain=one.grain),)


def _incentive(catalog: Catalog, one: Incentive) -> tuple[str, ...]:
    card = catalog.scorecards[one.scorecard]
    curve = ", ".join(
        say("words.incentive_point", score=f"{score:g}", percent=f"{percent:g}")
        for score, percent in one.curve
    )
    amount = f"{one.amount:,.2f} {one.currency}"
    found = [say("words.incentive", card=card.label, period=card.period, amount=amount, curve=curve)]
    if one.case_mix != "none":
        found.append(say("words.incentive_mix"))
    found.append(say("words.incentive_least", n=one.minimum_n))
    return tuple(found)


def tolerance(one: Reconciliation) -> str:
    """Say by how much the sides of a reconciliation may differ."""
    given = one.tolerance
    key = "words.tolerance_chance" if given.statistical else "words.tolerance"
    return say(key, absolute=f"{given.absolute:,g}", relative=given.relative)


def link(definition: Definition) -> Link:
    """Give the way to a definition's best page."""
    match definition:
        case MetricBase():
            return Link(definition.label, to.metric(definition.name))
        case Source():
            return Link(definition.label, to.source(definition.name))
        case Reconciliation():
            return Link(definition.label, to.reconciliation(definition.name))
        case TradeOff():
            return Link(definition.label, to.trade_off(definition.name))
        case Incentive():
            return Link(definition.label, to.incentive(definition.name))
        case Scorecard():
            return Link(definition.label, to.scorecard(definition.name))
        case _:
            return Link(definition.label, to.definition(definition.kind, definition.name))


def versions(found: list[DefinitionVersion], zone: str) -> tuple[VersionLine, ...]:
    """Give versions, the newest first, each with what kind of change made it."""
    lines = []
    for index, one in enumerate(found):
        older = found[index + 1] if index + 1 < len(found) else None
        lines.append(version(one, older, zone, current=index == 0))
    return tuple(lines)


def version(
    one: DefinitionVersion, older: DefinitionVersion | None, zone: str, *, current: bool
) -> VersionLine:
    """Give one version; `older` is the one before it."""
    change = (
        "version.first"
        if older is None
        else "version.meaning"
        if one.version != older.version
        else "version.words"
    )
    number = str(one.version) if one.revision <= 1 else f"{one.version}.{one.revision}"
    recorded: datetime = one.recorded_at
    return VersionLine(number, dates.instant(recorded, zone), say(change), current, one.meaning[:HASH])


def _calendar(definition: Calendar) -> tuple[str, ...]:
    weeks, hours = definition.week_years, definition.business_hours
    if weeks is None:
        month, day = definition.year_starts_in.capitalize(), definition.week_starts_on.capitalize()
        sentences = [say("words.calendar", month=month, day=day)]
    else:
        chosen = ", ".join(str(year) for year in weeks.long_years or ())
        years = (
            say("words.year_ends", ends=weeks.ends) if weeks.ends else say("words.long_years", years=chosen)
        )
        sentences = [say("words.week_years", pattern=weeks.pattern, month=weeks.extra_week_in), years]
        sentences.append(say(f"words.like_{weeks.like_for_like}"))
    if hours is not None:
        open_ = {day: ", ".join(getattr(hours, day)) for day in WEEKDAYS}
        days = "; ".join(f"{day.capitalize()} {spans}" for day, spans in open_.items() if spans)
        sentences.append(say("words.business_hours", days=days))
    if definition.holidays:
        sentences.append(say("words.holidays", count=len(definition.holidays)))
    return tuple(sentences)
