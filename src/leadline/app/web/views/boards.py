"""Boards and stewards, and what was decided about figures: suspended, stated otherwise; the history of both."""

from zoneinfo import ZoneInfo

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts.governance import Block, Cell, GovernancePage
from leadline.app.web.contexts.pieces import Link, Mark
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.governing import beside, crumbs
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import documents, figures
from leadline.catalog.definitions import Board, Metric
from leadline.catalog.federation import differences
from leadline.catalog.people import Directory
from leadline.governance.figure_marks import history
from leadline.metrics.marks import Override, Suspension
from leadline.store.decided import Decision


def boards(reading: Reading, asked: Asked) -> GovernancePage:
    """Show who decides together, who looks after what, and where a global metric has local variants."""
    del asked
    catalog, people = reading.catalog, Directory.of(reading.catalog)
    today = reading.now.astimezone(ZoneInfo(reading.zone)).date()
    stewards = [
        (Cell(domain.label, documents.link(domain).href), Cell(unit), Cell(who or say("ownership.nobody")))
        for _, domain in sorted(catalog.domains.items())
        for unit, who in (("", domain.steward), *sorted(domain.units.items()))
    ]
    local = [one for _, one in sorted(catalog.metrics.items()) if one.adapts]
    return GovernancePage(
        shell=shell(reading, say("boards.title"), "definitions"),
        crumbs=crumbs(),
        title=say("boards.title"),
        about=(say("boards.about"),),
        mark=None,
        beside=beside("boards"),
        blocks=(
            Block(
                say("boards.title"),
                columns=(
                    say("boards.board"),
                    say("boards.members"),
                    say("boards.quorum"),
                    say("boards.domains"),
                ),
                rows=tuple(_board(people, one, today) for _, one in sorted(catalog.boards.items())),
                empty=say("boards.none"),
            ),
            Block(
                say("boards.stewards"),
                columns=(say("boards.domain"), say("boards.unit"), say("boards.steward")),
                rows=tuple(stewards),
                empty=say("boards.no_stewards"),
            ),
            Block(
                say("boards.variants"),
                about=(say("boards.variants.about"),),
                columns=(
                    say("boards.variant"),
                    say("boards.global"),
                    say("boards.unit"),
                    say("boards.differs"),
                ),
                rows=tuple(_variant(reading, one) for one in local),
                empty=say("boards.no_variants"),
            ),
        ),
    )


def decided(reading: Reading, asked: Asked) -> GovernancePage:
    """Show which figures are suspended or stated otherwise, why and by whom, and everything that ever was."""
    del asked
    marks = reading.published.marks
    with reading.ledger.read() as reader:
        past = history(reader)
    return GovernancePage(
        shell=shell(reading, say("decided.title"), "definitions"),
        crumbs=crumbs(),
        title=say("decided.title"),
        about=(say("decided.about"),),
        mark=None,
        beside=beside("decided"),
        blocks=(
            Block(
                say("decided.suspended"),
                columns=(say("decided.metric"), say("decided.days"), say("decided.why"), say("decided.item")),
                rows=tuple(_suspension(reading, one) for one in marks.suspensions),
                empty=say("decided.none_suspended"),
            ),
            Block(
                say("decided.stated"),
                columns=(
                    say("decided.figure"),
                    say("decided.computed"),
                    say("decided.value"),
                    say("decided.why"),
                    say("decided.who"),
                ),
                rows=tuple(_override(reading, one) for one in marks.overrides),
                empty=say("decided.none_stated"),
            ),
            Block(
                say("decided.history"),
                columns=(
                    say("ownership.when"),
                    say("ownership.actor"),
                    say("ownership.what"),
                    say("ownership.because"),
                ),
                rows=tuple(_past(reading, one) for one in past),
                empty=say("ownership.no_history"),
            ),
        ),
    )


def _board(people: Directory, one: Board, today: object) -> tuple[Cell, ...]:
    del today
    named = [f"{name} ({say('boards.chair')})" if name == one.chair else name for name in one.members]
    return (
        Cell(one.label, to.board(one.name), about=one.description or ""),
        Cell(", ".join(named)),
        Cell(say("boards.of", quorum=one.quorum, members=len(one.members)), number=True),
        Cell(
            ", ".join(people.domains[d].label for d in one.domains if d in people.domains)
            or say("boards.everything")
        ),
    )


def _variant(reading: Reading, one: Metric) -> tuple[Cell, ...]:
    whole = reading.catalog.metrics[one.adapts or ""]
    said = [
        say("boards.said", key=d.key, ours=d.ours, theirs=d.theirs) for d in differences(reading.catalog, one)
    ]
    return (
        Cell(one.label, to.metric(one.name)),
        Cell(whole.label, to.metric(whole.name)),
        Cell(reading.catalog.units.label(str(one.in_unit))),
        Cell("; ".join(said)),
    )


def _suspension(reading: Reading, one: Suspension) -> tuple[Cell, ...]:
    label = reading.catalog.metrics[one.metric].label if one.metric in reading.catalog.metrics else one.metric
    days = f"{dates.day(one.since)} – {dates.day(one.until) if one.until else say('decided.open')}"
    where = reading.catalog.units.label(one.unit) if one.unit in reading.catalog.units.entries else ""
    mark = Mark("suspended", say("status.suspended"), "quiet")
    return (
        Cell(label, to.metric(one.metric, unit=one.unit), mark, where),
        Cell(days),
        Cell(one.reason),
        Cell(one.item, about=one.by),
    )


def _override(reading: Reading, one: Override) -> tuple[Cell, ...]:
    metric = reading.catalog.metrics.get(one.metric)
    label = metric.label if metric else one.metric
    written = figures.style(metric) if metric else None
    place = ", ".join(filter(None, (one.period, one.unit, one.slice)))

    def said(value: float | None) -> str:
        return "–" if value is None else written.value(value) if written else f"{value:g}"

    href = to.figure(one.metric, period=one.period, unit=one.unit, slice=one.slice or None)
    return (
        Cell(label, href, Mark("overridden", say("decided.by_hand"), "quiet"), place),
        Cell(said(one.computed), number=True),
        Cell(said(one.value), number=True),
        Cell(one.reason),
        Cell(say("decided.both", by=one.by, approved=one.approved_by), about=one.item),
    )


def _past(reading: Reading, one: Decision) -> tuple[Cell, ...]:
    what = ", ".join(
        str(one.said[key]) for key in ("metric", "period", "unit", "since", "until") if one.said.get(key)
    )
    return (
        Cell(dates.instant(one.at, reading.zone)),
        Cell(one.actor),
        Cell(say(f"decided.done.{one.what}"), about=f"{one.subject}: {what}" if what else one.subject),
        Cell(str(one.said.get("reason", "")), about=one.item or ""),
    )


def links() -> tuple[Link, ...]:
    """Give the ways from the list of definitions to the pages of governance."""
    return beside("")
