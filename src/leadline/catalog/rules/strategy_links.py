"""Cause-and-effect links lead upwards, end, and say what moves which way."""

from collections.abc import Iterator

from leadline.catalog import strategy as strategies
from leadline.catalog.catalog import Catalog
from leadline.catalog.composition import dimensions, has_units
from leadline.catalog.definitions import Side
from leadline.catalog.problems import Problem
from leadline.catalog.strategy import CauseLink
from leadline.errors import Place


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find links to themselves, in circles, downwards on the map, without a direction, and to figures there are not."""
    order = {part.name: nth for nth, part in enumerate(strategies.perspectives(catalog))}
    found = strategies.links(catalog)
    for link in found:
        if _leads_back(found, link):
            yield Problem(
                "error", "link-circle", f"{link.target!r} leads back to {link.source!r}.",
                _place(catalog, link), "A cause cannot be its own effect: remove one of the links.",
            )  # fmt: skip
        yield from _downwards(catalog, order, link)
        yield from _figures(catalog, link)


def _downwards(catalog: Catalog, order: dict[str, int], link: CauseLink) -> Iterator[Problem]:
    here, there = (order.get(strategies.perspective_of(catalog, n) or "") for n in (link.source, link.target))
    if here is not None and there is not None and there > here:
        yield Problem(
            "warning", "link-downward", f"{link.source!r} leads down the map, to {link.target!r}.",
            _place(catalog, link), "Causes stand below their effects: turn the link round, or move one of the two.",
        )  # fmt: skip


def _figures(catalog: Catalog, link: CauseLink) -> Iterator[Problem]:
    if link.driver and link.outcome and link.sign is None:
        yield Problem(
            "error", "link-direction",
            f"Nobody says whether {link.outcome.metric!r} rises or falls with {link.driver.metric!r}.",
            _place(catalog, link), "Write `moves: together` or `moves: apart`, or give both metrics a `direction`.",
        )  # fmt: skip
    for key, side in (("driver", link.declared.driver), ("outcome", link.declared.outcome)):
        metric = catalog.metrics.get(side.metric) if isinstance(side, Side) else None
        if metric is None or not isinstance(side, Side):
            continue
        if side.unit and not has_units(catalog, metric):
            yield Problem(
                "error", "link-figure", f"{side.metric!r} is not told apart by unit.",
                _place(catalog, link, key), "Leave the unit out.",
            )  # fmt: skip
        for column in side.where:
            if column not in dimensions(catalog, metric):
                yield Problem(
                    "error", "link-figure", f"{side.metric!r} is not sliced by {column!r}.",
                    _place(catalog, link, key), "Add the column to the metric's `by`.",
                )  # fmt: skip


def _leads_back(links: tuple[CauseLink, ...], one: CauseLink) -> bool:
    """Tell whether the target of a link leads, over any links, to its source."""
    reached, known = [one.target], {one.target}
    for name in reached:
        if name == one.source:
            return True
        ahead = {link.target for link in links if link.source == name} - known
        known |= ahead
        reached += sorted(ahead)
    return False


def _place(catalog: Catalog, link: CauseLink, key: str = "objective") -> Place:
    return catalog.place(catalog.objectives[link.source], "leads_to", link.nth, key)
