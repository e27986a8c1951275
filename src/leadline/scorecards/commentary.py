"""What must be said of a scorecard's figures, what is missing of it, and whether only good news is talked about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import Literal

from leadline.catalog.definitions import CommentaryTemplate
from leadline.errors import PeriodError, suggest
from leadline.store.closings import Frozen
from leadline.store.commentary import Comment

SURE = 0.01
"""A p-value below this is a notice: on scorecards where comments have nothing to do with what is good, at most so
many (Fisher's exact test is conservative)."""

Standing = Literal["complete", "incomplete", "missing", "not required"]


@dataclass(frozen=True, slots=True)
class Required:
    """A measure of which a comment is required, what stands of it, and the parts that are empty or too short."""

    metric: str
    label: str
    unit: str | None
    verdict: str
    standing: Standing
    lacking: tuple[str, ...]


def required(
    template: CommentaryTemplate,
    figures: Iterable[Frozen],
    said: Mapping[tuple[str | None, str | None], Comment],
    units: Sequence[str | None] = (),
) -> list[Required]:
    """Give every measure whose status asks for a comment, with what is missing of it. A measure counts once.

    `units` are those that report: a measure of a unit of its own, which stands on every unit's scorecard, is asked for
    on one of them (`told_at`).
    """
    found: dict[tuple[str, str | None], Required] = {}
    for figure in figures:
        if figure.metric is None or figure.verdict not in template.required_when:
            continue
        if told_at(figure, units) != figure.unit:
            continue
        comment = said.get((figure.metric, figure.unit))
        lacking = missing_parts(template, comment.parts if comment else {})
        standing: Standing = "complete" if not lacking else "incomplete" if comment else "missing"
        one = Required(figure.metric, figure.label, figure.unit, figure.verdict, standing, lacking)
        found.setdefault((figure.metric, figure.unit), one)
    return list(found.values())


def told_at(figure: Frozen, units: Sequence[str | None]) -> str | None:
    """Name the unit under which a figure is commented on: its own where that one reports, else the first that does."""
    if figure.of_unit == figure.unit or not units:
        return figure.unit
    return figure.of_unit if figure.of_unit in units else units[0]


def missing_parts(template: CommentaryTemplate, parts: Mapping[str, str]) -> tuple[str, ...]:
    """Name the required parts that are empty or shorter than the template asks."""
    return tuple(name for name in template.required if len(parts.get(name, "").strip()) < template.at_least)


def checked(template: CommentaryTemplate, parts: Mapping[str, str]) -> dict[str, str]:
    """Give a comment's parts in the template's order. Raises PeriodError for a part that the template does not have."""
    for name in parts:
        if name not in template.parts:
            raise PeriodError(
                f"A comment here has no part {name!r}.",
                code="unknown-part",
                hint=suggest(name, template.parts) or f"Its parts: {', '.join(template.parts)}.",
            )
    return {name: parts[name] for name in template.parts if parts.get(name, "").strip()}


@dataclass(frozen=True, slots=True)
class Selective:
    """How often good and bad news are commented on, and how likely so little on bad news is by chance (p).

    `owner` is whose measures these are (empty: everybody's); `tested` counts the owners that were tested beside it.
    """

    good: int
    good_commented: int
    bad: int
    bad_commented: int
    p: float
    owner: str = ""
    tested: int = 1

    @property
    def is_flagged(self) -> bool:
        """Tell whether comments keep to good news more than chance would have it (Bonferroni, over the owners)."""
        return self.p * self.tested < SURE

    @property
    def words(self) -> str:
        """Say it in a sentence."""
        whose = f"Measures of {self.owner}: " if self.owner else ""
        return (
            f"{whose}{self.bad_commented} of {self.bad} measures that are off target or at risk have a comment, and "
            f"{self.good_commented} of {self.good} that are on target."
        )


def selective(
    periods: Iterable[tuple[Iterable[Frozen], Mapping[tuple[str | None, str | None], Comment]]],
) -> Selective:
    """Test whether bad news is commented on less than good news, over several periods.

    Fisher's exact test, one-sided, of a 2 × 2 table (R. A. Fisher 1935): given how many comments there are, the chance
    of so few or fewer on bad news if comments had nothing to do with it. Measures without a colour count for neither.
    """
    return _told(_counted(periods, {}).get("", _nothing()))


def selective_owners(
    periods: Iterable[tuple[Iterable[Frozen], Mapping[tuple[str | None, str | None], Comment]]],
    owners: Mapping[str, str],
) -> list[Selective]:
    """Test everybody's measures together, and then each owner's; `owners` names whose a metric is.

    Owners who have no bad news, or of whose measures nobody says anything, are not tested.
    """
    counted = _counted(periods, owners)
    asked = {
        owner: table
        for owner, table in sorted(counted.items())
        if owner and table["bad"][0] and table["good"][1] + table["bad"][1]
    }
    return [
        _told(counted.get("", _nothing())),
        *(_told(table, owner, len(asked)) for owner, table in asked.items()),
    ]


Table = dict[str, list[int]]
"""Good and bad news: how many measures, and how many of them with a comment."""


def _nothing() -> Table:
    return {"good": [0, 0], "bad": [0, 0]}


def _counted(
    periods: Iterable[tuple[Iterable[Frozen], Mapping[tuple[str | None, str | None], Comment]]],
    owners: Mapping[str, str],
) -> dict[str, Table]:
    """Count news and comments: of all measures under an empty name, and by whose they are."""
    counts: dict[str, Table] = {"": _nothing()}
    for figures, said in periods:
        seen: set[tuple[str, str | None]] = set()
        lines = list(figures)
        units = tuple(dict.fromkeys(figure.unit for figure in lines))
        for figure in lines:
            news = {"on target": "good", "at risk": "bad", "off target": "bad"}.get(figure.verdict)
            if figure.metric is None or news is None:
                continue
            key = (figure.metric, told_at(figure, units))
            if key in seen:
                continue
            seen.add(key)
            for owner in {"", owners.get(figure.metric, "")}:
                table = counts.setdefault(owner, _nothing())[news]
                table[0] += 1
                table[1] += int(key in said)
    return counts


def _told(table: Table, owner: str = "", tested: int = 1) -> Selective:
    (good, of_good), (bad, of_bad) = table["good"], table["bad"]
    return Selective(good, of_good, bad, of_bad, _chance(good, of_good, bad, of_bad), owner, tested)


def _chance(good: int, of_good: int, bad: int, of_bad: int) -> float:
    """Give P(X <= of_bad), X hypergeometric: comments drawn from all measures without regard to their news."""
    if not good or not bad or not of_good + of_bad:
        return 1.0
    said = of_good + of_bad
    ways = sum(comb(bad, k) * comb(good, said - k) for k in range(max(0, said - good), of_bad + 1))
    return ways / comb(good + bad, said)
