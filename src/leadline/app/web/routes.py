"""Every address, the view behind it, and nothing else. Pages are read by GET; the few forms are sent by POST.

HOOK alone is for other systems, by POST: it takes in what is signed (hooks.py)."""

from collections.abc import Callable
from dataclasses import dataclass

from leadline.app.web.contexts import Page
from leadline.app.web.views import (
    definitions,
    findings,
    home,
    identity,
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
    Route("/identity", identity.identities),
    Route("/identity/{name}/pair", identity.pair),
    Route("/definitions", definitions.definitions),
    Route("/definitions/{kind}/{name}", definitions.definition),
)


@dataclass(frozen=True, slots=True)
class Form:
    """An address to which a form is sent: called with what is read, what was filled in, and the names in the path; it
    gives the address to go on to."""

    path: str
    act: Callable[..., str]


FORMS = (Form("/identity/{name}/pair", identity.decide),)
