"""What gates of incentive plans are judged by: what refreshes found, and where they looked."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from leadline.app.seen import EVERYTHING, tells
from leadline.catalog.definitions import FINDS, Incentive
from leadline.insights import trade_offs
from leadline.metrics.published import Published
from leadline.metrics.query import Viewer
from leadline.scorecards.gates import NOTHING, Evidence, Statement
from leadline.store.ledger import Ledger

HIDDEN = "There is a finding of kind {kind} that is not yours to see."


def evidence(
    ledger: Ledger, published: Published, plans: Iterable[Incentive], viewer: str | Viewer = EVERYTHING
) -> Evidence:
    """Give what refreshes found of the kinds that plans name, and where they looked.

    What a viewer may not see still closes a gate, and says no more than that.
    """
    kinds = sorted({kind for plan in plans for gate in plan.gates for kind in gate.findings})
    if not kinds:
        return NOTHING
    zone = ZoneInfo(published.catalog.project.time_zone)
    with ledger.read() as reader:
        found: list[Statement] = [f for f in reader.findings(published.generation.id) if f.kind in kinds]
        earlier = reader.former_findings(kinds)
        days = [one.as_of.astimezone(zone).date() for one in reader.generations()]
    always = dict.fromkeys((_kind(d) for d in published.catalog.detectors.values()), date.min)
    if trade_offs.KIND in kinds:
        past, since = trade_offs.conflicts(published, viewer=EVERYTHING)
        known = {(f.period, f.unit, f.metric) for f in found if f.kind == trade_offs.KIND}
        found += [one for one in past if (one.period, one.unit, one.metric) not in known]
        always[trade_offs.KIND] = since

    def told(one: Statement) -> Statement:
        if tells(published, viewer, one):
            return one
        return replace(one, statement=HIDDEN.format(kind=one.kind.replace("_", " ")))

    return Evidence([told(one) for one in found], [told(one) for one in earlier], always, days)


def _kind(detector: Any) -> str:
    return str(detector.finds or FINDS[str(getattr(detector, "type", ""))])
