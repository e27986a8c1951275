"""A team's people on a scorecard, each with the figures that who asks may see. Nobody is ranked: they stand by name."""

from collections.abc import Sequence

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts.governance import Block, Cell, GovernancePage
from leadline.app.web.contexts.pieces import Link
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.home import path_to
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import figures, marks, targets
from leadline.scorecards.agents import by_agent
from leadline.scorecards.results import MeasureResult, ScorecardResult
from leadline.scorecards.tree import find


def agents(reading: Reading, asked: Asked, name: str) -> GovernancePage:
    """Show a team person by person."""
    card = find(reading.catalog, name)
    chosen = reading.published.periods.parse(asked.period).start if asked.period else None
    found = by_agent(reading.published, name, viewer=reading.viewer, unit=asked.unit, period=chosen)
    period, unit = found.team.period, found.team.unit
    shown = [nth for nth, one in enumerate(found.team.measures()) if _told(found.people, nth)]
    labels = [m.metric.label for nth, m in enumerate(found.team.measures()) if nth in shown]
    rows = [_row(say("agents.team"), "", found.team, shown)]
    for who, result in found.people:
        href = to.scorecard(name, unit=unit, period=period.label, slice=f"{card.agents}={who}")
        rows.append(_row(who, href, result, shown))
    kinds = ", ".join(kind.rpartition(".")[2].replace("_", " ") for kind in found.kinds)
    about = [say("agents.about", period=dates.period(period))]
    about += [say("agents.mix", column=kinds)] if kinds else []
    about.append(say("agents.least"))
    team = reading.catalog.units.label(unit) if unit else say("pick.all_units")
    return GovernancePage(
        shell=shell(reading, say("agents.title", team=team), "home"),
        crumbs=(
            Link(card.label, to.scorecard(name, period=asked.period)),
            *path_to(reading, name, unit, asked.period),
        ),
        title=say("agents.title", team=team),
        about=tuple(about),
        mark=None,
        beside=(),
        blocks=(
            Block(
                say("agents.people"),
                columns=(say("agents.who"), say("tree.status"), say("tree.score"), *labels),
                rows=tuple(rows) if found.people else (),
                empty=say("agents.none"),
            ),
        ),
    )


def _told(people: Sequence[tuple[str, ScorecardResult]], nth: int) -> bool:
    """Tell whether any person has a figure of a measure."""
    return any(list(result.measures())[nth].observation is not None for _, result in people)


def _row(who: str, href: str, result: ScorecardResult, shown: Sequence[int]) -> tuple[Cell, ...]:
    measures = list(result.measures())
    return (
        Cell(who, href),
        Cell("", mark=marks.of_node(result)),
        Cell(targets.score(result.score), number=True),
        *(_figure(measures[nth]) for nth in shown),
    )


def _figure(one: MeasureResult) -> Cell:
    now = one.observation
    if now is None or now.value is None:
        return Cell("–", about=one.reason or say("figure.no_rows"))
    written = figures.style(one.metric)
    mark = marks.of_node(one)
    about = f"{written.interval(now.low, now.high)}, n {now.n}"
    adjusted = f". {now.note}" if now.adjustment else ""
    return Cell(
        written.value(now.value), figures.href(now) if not now.adjustment else "", mark, about + adjusted
    )
