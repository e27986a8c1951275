"""A team's scorecard, person by person: each with the figures that who asks may see, standardised for case mix.

The rule: nobody is ranked here; who may not see a person's figures gets no row of that person.
"""

from dataclasses import dataclass, replace
from datetime import date

from leadline.catalog.cascade import sliced
from leadline.catalog.definitions import Scorecard
from leadline.catalog.weights import measures_of
from leadline.errors import QueryError
from leadline.metrics.evaluate import evaluate
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period
from leadline.metrics.published import Published
from leadline.metrics.query import Query, Viewer
from leadline.scorecards.case_mix import Mix, moved, shifts
from leadline.scorecards.results import ScorecardResult
from leadline.scorecards.tree import PURPOSE, Key, arrange, find, score


@dataclass(frozen=True, slots=True)
class ByAgent:
    """A team's scorecard, and that of each person who may be seen, by name; `kinds` are the case mixes taken out."""

    team: ScorecardResult
    people: tuple[tuple[str, ScorecardResult], ...]
    kinds: tuple[str, ...]


def by_agent(
    published: Published, name: str, *, viewer: str | Viewer, unit: str | None, period: date | None = None
) -> ByAgent:
    """Score a scorecard for a unit, and for each of its people by those measures that tell them apart.

    Raises QueryError where the scorecard does not say by which column people are told apart, and for names that there
    are not.
    """
    card = _told_apart(find(published.catalog, name))
    column = card.agents or ""
    team = score(published, name, viewer=viewer, unit=unit, period=period)
    answers: dict[str, dict[Key, list[Observation]]] = {}
    kinds = []
    asked = []
    for measure in measures_of(card):
        own = sliced(published.catalog, published.metric(measure.metric), {column: ""})
        if own is None or measure.unit:
            continue
        (by,) = own
        query = _query(measure.metric, viewer, team.period, team.unit, card)
        found = _open(published, replace(query, by=(by,)))
        moving = (
            shifts(published, Mix(measure.metric, measure.case_mix, by), query) if measure.case_mix else {}
        )
        kinds += [measure.case_mix] if measure.case_mix else []
        for one in found:
            who = one.slice.partition("=")[2]
            if not who or who == "(none)":
                continue
            if measure.case_mix:
                one = moved(one, moving.get((one.start, who)), measure.case_mix)  # noqa: PLW2901 - the same figure
            key: Key = (measure.metric, team.unit, tuple(sorted({**own, by: who}.items())))
            answers.setdefault(who, {})[key] = [one]
        asked.append((measure.metric, own))
    for who, told in answers.items():
        for metric, own in asked:
            told.setdefault((metric, team.unit, tuple(sorted(dict.fromkeys(own, who).items()))), [])
    people = tuple(
        (who, arrange(published.catalog, card, published.periods, team.period, unit=team.unit, answers=told,
                      where={column: who}))
        for who, told in sorted(answers.items())
    )  # fmt: skip
    return ByAgent(team, people, tuple(dict.fromkeys(kinds)))


def _told_apart(card: Scorecard) -> Scorecard:
    if card.agents is None:
        raise QueryError(
            f"{card.name!r} does not say by which column people are told apart.", code="no-agents",
            hint="Add `agents: COLUMN` to the scorecard.",
        )  # fmt: skip
    return card


def _query(metric: str, viewer: str | Viewer, period: Period, unit: str | None, card: Scorecard) -> Query:
    return Query(
        metric, viewer, PURPOSE, grain=card.period, unit=unit, since=period.start, until=period.end,
    )  # fmt: skip


def _open(published: Published, query: Query) -> list[Observation]:
    """Answer a query; of what who asks may not see there is nothing."""
    try:
        return evaluate(published, query)
    except QueryError as error:
        if error.code != "not-yours":
            raise
        return []
