"""Choices that several views share: period and unit."""

from collections.abc import Callable, Sequence

from leadline.app.web import dates
from leadline.app.web.contexts.pieces import Link, Picker
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.metrics.periods import Period

PERIODS = 13
"""Periods offered, the newest included."""


def period(
    reading: Reading, chosen: Period, newest: Period, href: Callable[[str], str], *, count: int = PERIODS
) -> Picker:
    """Give the choice of a period: the newest ones, always with the chosen one, and a step to either side."""
    periods = reading.published.periods
    offered: list[Period] = [periods.back(newest, back) for back in range(count)]
    if chosen not in offered:
        offered.append(chosen)
    links = tuple(Link(dates.period(one), href(one.label), one == chosen) for one in offered)
    before = periods.back(chosen)
    after = periods.period(chosen.grain, chosen.end)
    return Picker(
        say("pick.period"),
        dates.period(chosen),
        links,
        Link(dates.period(before), href(before.label)),
        Link(dates.period(after), href(after.label)) if after.start <= newest.start else None,
    )


def unit(
    reading: Reading, chosen: str | None, href: Callable[[str | None], str], *, within: str | None = None
) -> Picker:
    """Give the choice of a unit, as the tree that they are; `within` keeps to one branch."""
    tree, seen = reading.catalog.units, reading.seen_units
    names: Sequence[str] = tree.descendants(within) if within else _in_order(reading)
    top = len(tree.ancestors(within)) if within else -1
    links = (
        [] if within or seen is not None else [Link(say("pick.all_units"), href(None), here=chosen is None)]
    )
    if seen is not None:
        names = [name for name in names if {name, *tree.ancestors(name)} & set(seen)]
        top = min((len(tree.ancestors(name)) for name in names), default=0)
    links += [
        Link(tree.label(name), href(name), name == chosen, len(tree.ancestors(name)) - top) for name in names
    ]
    current = tree.label(chosen) if chosen else say("pick.all_units")
    return Picker(say("pick.unit"), current, tuple(links))


def _in_order(reading: Reading) -> list[str]:
    """Every unit, each right below the one above it."""
    tree = reading.catalog.units

    def below(name: str) -> list[str]:
        return [name, *(inner for child in tree.children(name) for inner in below(child))]

    return [inner for root in tree.roots for inner in below(root)]
