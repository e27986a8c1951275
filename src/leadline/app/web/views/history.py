"""One definition over time: its versions key by key, when which was in force, and the bridge between the last two."""

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts.governance import Block, Cell, GovernancePage
from leadline.app.web.contexts.pieces import Link
from leadline.app.web.numbers import NumberStyle
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.governing import beside, crumbs
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import documents
from leadline.catalog.composition import finest_shown
from leadline.catalog.definitions import GRAINS
from leadline.catalog.differences import KeyChange
from leadline.errors import LeadlineError
from leadline.governance.history import History, history
from leadline.governance.version_bridge import Span, VersionBridge, version_bridge

PERIODS = 12
KEYS = 6
"""So many changed keys of a version are shown in its row."""


def history_page(reading: Reading, asked: Asked, kind: str, name: str) -> GovernancePage:
    """Show the history of one definition."""
    del asked
    with reading.ledger.read() as reader:
        found = history(reader, kind, name)
    known = next((d for d in reading.catalog.definitions() if (d.kind, d.name) == (kind, name)), None)
    title = known.label if known else name
    up = (documents.link(known),) if known else ()
    blocks = [_now(found), _versions(reading, found), _deeds(reading, found)]
    bridge = _bridge(reading, name) if kind == "metric" and known else None
    if bridge is not None:
        blocks.append(_spans(reading, bridge))
    return GovernancePage(
        shell=shell(reading, say("history.title", of=title), "definitions"),
        crumbs=(*crumbs(), *(Link(one.text, to.definition(kind, name)) for one in up)),
        title=say("history.title", of=title),
        about=(),
        mark=None,
        beside=beside(""),
        blocks=tuple(blocks),
    )


def _now(found: History) -> Block:
    line = found.timeline
    stage = say(f"stage.{line.stage}", day=line.ends.isoformat() if line.ends else "")
    facts = [(say("history.stage"), stage)] if line.segments else []
    if line.replaced_by:
        facts.append((say("history.replaced_by"), line.replaced_by))
    newest = found.versions[0]
    facts.append((say("history.version"), newest.number))
    return Block(say("history.now"), facts=tuple(facts))


def _versions(reading: Reading, found: History) -> Block:
    return Block(
        say("history.versions"),
        columns=tuple(say(f"history.{one}") for one in ("version", "when", "who", "made")),
        rows=tuple(
            (
                Cell(one.number),
                Cell(dates.instant(one.version.recorded_at, reading.zone)),
                Cell(one.actor),
                Cell(say(f"history.{one.made}"), about=_keys(one.keys)),
            )
            for one in found.versions
        ),
    )


def _keys(keys: tuple[KeyChange, ...]) -> str:
    more = f"; +{len(keys) - KEYS}" if len(keys) > KEYS else ""
    return "; ".join(map(key_said, keys[:KEYS])) + more


def key_said(key: KeyChange) -> str:
    """Say what became of one key."""
    if key.before is None:
        return f"{key.path}: {key.after} ({say('history.new')})"
    if key.after is None:
        return f"{key.path}: {key.before} ({say('history.gone')})"
    return f"{key.path}: {key.before} → {key.after}"


def _deeds(reading: Reading, found: History) -> Block:
    return Block(
        say("history.deeds"),
        columns=tuple(say(f"history.{one}") for one in ("deed", "version", "since", "when", "who", "by")),
        rows=tuple(
            (
                Cell(deed.deed, about=deed.note),
                Cell(found.number(deed.definition)),
                Cell(deed.since.isoformat() if deed.since else say("history.every")),
                Cell(dates.instant(deed.at, reading.zone)),
                Cell(deed.actor),
                Cell(deed.request or deed.plan[:12]),
            )
            for deed in found.deeds
        ),
        empty=say("history.no_deeds"),
    )


def _bridge(reading: Reading, name: str) -> VersionBridge | None:
    """Give the bridge between the last two versions; None where there is none to show."""

    def compute() -> VersionBridge | None:
        with reading.ledger.read() as reader:
            versions = reader.versions("metric", name)
        grain = max("month", finest_shown(reading.catalog, reading.catalog.metrics[name]), key=GRAINS.index)
        try:
            return version_bridge(
                reading.published, versions, name, viewer=reading.viewer, grain=grain, periods=PERIODS
            )
        except LeadlineError:  # one version, no rows, or an earlier one that these rows cannot tell
            return None

    return reading.once(("bridge", name), compute)


def _spans(reading: Reading, bridge: VersionBridge) -> Block:
    style = NumberStyle(bridge.measured_in, reading.catalog.metrics[bridge.metric].decimals)

    apart = NumberStyle("points" if bridge.measured_in == "percent" else bridge.measured_in, style.decimals)

    def number(value: float | None, of: NumberStyle = style) -> Cell:
        return Cell("–" if value is None else of.value(value), number=True)

    def row(span: Span) -> tuple[Cell, ...]:
        named = Cell(span.period, to.figure(bridge.metric, period=span.period, grain=bridge.grain))
        parts = (
            number(span.published), number(span.rows, apart), number(span.old), number(span.definition, apart),
            number(span.new),
        )  # fmt: skip
        return (named, *parts, Cell(str(span.in_force), number=True))

    words = ("published", "late")
    columns = (
        say("plan.period"), *(say(f"history.{one}") for one in words), f"{say('history.version')} {bridge.old_version}",
        say("history.definition"), f"{say('history.version')} {bridge.new_version}", say("history.in_force"),
    )  # fmt: skip
    return Block(
        say("history.bridge", old=bridge.old_version, new=bridge.new_version),
        about=(say("history.bridge_about"),),
        columns=columns,
        rows=tuple(row(span) for span in reversed(bridge.spans)),
    )
