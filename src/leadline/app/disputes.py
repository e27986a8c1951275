"""Disputes of figures: work items of the workflow `kpi_dispute`, read with what they are about and what was decided.

A dispute carries its figure as it was when it was opened; what a recomputation said is in its events.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from leadline.errors import LeadlineError
from leadline.metrics.periods import Period
from leadline.metrics.published import Published
from leadline.scorecards.readiness import Dispute
from leadline.store.ledger_reader import LedgerReader
from leadline.store.work_entries import Link, Wanted
from leadline.workflow import Item, item

WORKFLOW = "kpi_dispute"
WITHDRAWN = frozenset({"withdrawn"})


@dataclass(frozen=True)
class Disputed:
    """A dispute: its item, the figure's address, and what the figure was when it was opened."""

    item: Item
    figure: str
    pin: Mapping[str, Any]

    @property
    def parts(self) -> Mapping[str, str]:
        """The parts of the figure's address: metric, period, and unit and slice where they are said."""
        return dict(parse_qsl(self.figure))

    @property
    def metric(self) -> str:
        """Whose figure it is."""
        return self.parts.get("metric", "")

    @property
    def unit(self) -> str | None:
        """Of which unit the figure is; None: of everything."""
        return self.parts.get("unit")

    @property
    def is_open(self) -> bool:
        """Tell whether nothing was decided yet, or its author has not accepted what was."""
        return not self.item.head.closed

    @property
    def verdict(self) -> Mapping[str, Any]:
        """What the last recomputation said; empty when nobody has looked at one."""
        looks = [event.said for event in self.item.events if event.kind == "recomputed"]
        return looks[-1] if looks else {}

    @property
    def decided_by(self) -> str:
        """Who settled it last; empty when nobody did."""
        done = [
            e.actor for e in self.item.events if e.kind == "moved" and "outcome" in e.said.get("fields", {})
        ]
        return done[-1] if done else ""


def disputes(
    reader: LedgerReader, *, closed: bool | None = None, metric: str | None = None
) -> list[Disputed]:
    """Give disputes, the newest first: open ones (`closed` False), those that are over, or all; of one metric too."""
    link = Link("metric", metric) if metric else None
    heads = reader.work.items(Wanted(workflow=WORKFLOW, closed=closed, link=link))
    found = []
    for head in heads:
        one = item(reader, head.number)
        about = next((link for link in one.links if link.kind == "figure"), None)
        if about is not None:
            found.append(Disputed(one, about.name, about.pin or {}))
    return sorted(found, key=lambda one: -one.item.number)


def about_figure(reader: LedgerReader, figure: str) -> list[Disputed]:
    """Give the open disputes of one figure, by its address."""
    heads = reader.work.items(Wanted(workflow=WORKFLOW, closed=False, link=Link("figure", figure)))
    found = [item(reader, head.number) for head in heads]
    pins = [next(link.pin for link in one.links if link.name == figure) for one in found]
    return [Disputed(one, figure, pin or {}) for one, pin in zip(found, pins, strict=True)]


def within(published: Published, found: Iterable[Disputed], period: Period) -> list[Dispute]:
    """Give the open disputes of figures whose periods lie in a period or reach into it."""
    waits = []
    for one in found:
        try:
            of = published.periods.parse(one.parts.get("period", ""))
        except LeadlineError:  # a period of a calendar that is no longer the project's
            continue
        if one.is_open and of.start < period.end and period.start < of.end:
            words = f"{one.item.title}: {one.item.author} disputes {of.label} (work item {one.item.number})."
            waits.append(Dispute(one.metric, one.unit, words, one.item.assignee or ""))
    return waits
