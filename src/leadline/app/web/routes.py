"""Every address, the view behind it, and nothing else. All are read by GET; no page writes.

HOOK alone is for other systems, by POST: it takes in what is signed (hooks.py)."""

from collections.abc import Callable
from dataclasses import dataclass

from leadline.app.web.contexts import Page
from leadline.app.web.views import (
    definitions,
    findings,
    home,
    metric,
    metrics,
    provenance,
    reconciliations,
    source,
    sources,
)


@dataclass(frozen=True, slots=True)
class Route:
    """An address and its view: called with what is read, what is asked, and the names in the path."""

    path: str
    view: Callable[..., Page]


HOOK = "/hooks/{name}"
ROUTES = (
    Route("/", home.home),
    Route("/scorecards/{name}", home.scorecard),
    Route("/metrics", metrics.metrics),
    Route("/metrics/{name}", metric.metric),
    Route("/figures", provenance.figure),
    Route("/sources", sources.sources),
    Route("/sources/{name}", source.source),
    Route("/reconciliations", reconciliations.reconciliations_page),
    Route("/reconciliations/{name}", reconciliations.reconciliation_page),
    Route("/findings", findings.findings),
    Route("/definitions", definitions.definitions),
    Route("/definitions/{kind}/{name}", definitions.definition),
)
