"""Every address, the view behind it, and nothing else. Pages are read by GET; the few forms are sent by POST.

HOOK alone is for other systems, by POST: it takes in what is signed (hooks.py)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from leadline.app.web.contexts import Download, Page
from leadline.app.web.pack import view as packs
from leadline.app.web.views import (
    account,
    agents,
    allocating,
    asking,
    audit,
    boards,
    bridged,
    candidates,
    changes,
    comparing,
    definitions,
    disputes,
    exclusions,
    executive,
    feeds,
    findings,
    history,
    home,
    identity,
    incentives,
    meetings,
    metric,
    metrics,
    ownership,
    people,
    periods,
    plan,
    proposals,
    provenance,
    reconciliations,
    requesting,
    source,
    sources,
    strategy,
    trade_offs,
    what_if,
    work,
    work_item,
)
from leadline.catalog.permissions import OWN
from leadline.workflow.files import LARGEST


@dataclass(frozen=True, slots=True)
class Route:
    """An address and its view: called with what is read, what is asked, and the names in the path."""

    path: str
    view: Callable[..., Page | Download]
    permission: str
    """What a person must be allowed to see the page: a name of catalog/permissions.py."""
    kept: bool = False
    """Whether it is kept as it was rendered for all who may see the same; such a page holds nothing of its reader."""

    company: bool = False
    """Whether it shows what is of no unit, so that a role held for one does not open it."""


HOOK = "/hooks/{name}"
WARM = ("/", "/executive", "/strategy")
"""Pages that are made once before anybody asks."""
ROUTES = (
    Route("/", home.home, "scorecards:scorecard:read", kept=True),
    Route("/scorecards/{name}", home.scorecard, "scorecards:scorecard:read", kept=True),
    Route("/compare", comparing.compare, "scorecards:scorecard:read", kept=True),
    Route("/scorecards/{name}/agents", agents.agents, "scorecards:scorecard:read"),
    Route("/targets", proposals.proposals, "scorecards:scorecard:read"),
    Route("/targets/allocation", allocating.allocation, "scorecards:scorecard:read"),
    Route("/executive", executive.executive, "scorecards:scorecard:read", kept=True),
    Route("/strategy", strategy.strategy, "scorecards:scorecard:read", kept=True),
    Route("/feed/epm", feeds.epm_feed, "scorecards:scorecard:read"),
    Route("/periods", periods.calendar, "scorecards:scorecard:read"),
    Route("/scorecards/{name}/periods/{period}", periods.period, "scorecards:scorecard:read"),
    Route("/scorecards/{name}/periods/{period}/bridge", bridged.bridge_page, "scorecards:scorecard:read"),
    Route("/scorecards/{name}/periods/{period}/pack.{form}", packs.pack, "scorecards:scorecard:read"),
    Route("/metrics", metrics.metrics, "metrics:metric:read", kept=True),
    Route("/metrics/{name}", metric.metric, "metrics:figure:read", kept=True),
    Route("/figures", provenance.figure, "metrics:figure:read"),
    Route("/sources", sources.sources, "ingest:source:read"),
    Route("/sources/{name}", source.source, "ingest:source:read"),
    Route("/exclusions", exclusions.exclusions_page, "ingest:source:read"),
    Route("/exclusions/{name}", exclusions.exclusion_page, "ingest:row:read", company=True),
    Route("/reconciliations", reconciliations.reconciliations_page, "insights:reconciliation:read"),
    Route("/reconciliations/{name}", reconciliations.reconciliation_page, "insights:reconciliation:read"),
    Route("/trade-offs", trade_offs.trade_offs_page, "scorecards:scorecard:read"),
    Route("/trade-offs/{name}", trade_offs.trade_off_page, "scorecards:scorecard:read"),
    Route("/scorecards/{name}/what-if", what_if.what_if_page, "scorecards:scorecard:read"),
    Route("/incentives/{name}", incentives.incentive_page, "scorecards:incentive:read"),
    Route("/incentives/{name}/{unit}", incentives.statement_page, "scorecards:incentive:read"),
    Route("/findings", findings.findings, "insights:finding:read"),
    Route("/work", work.mine, "workflow:item:read"),
    Route("/work/all", work.everything, "workflow:item:read"),
    Route("/work/open", work.opening, "workflow:item:write"),
    Route("/work/{number:int}", work_item.work_item, "workflow:item:read"),
    Route("/work/{number:int}/files/{sha256}", work_item.file, "workflow:item:read"),
    Route("/identity", identity.identities, "ingest:identity:read", company=True),
    Route("/identity/{name}/pair", identity.pair, "ingest:identity:read", company=True),
    Route("/plan", plan.plan_page, "governance:change:read"),
    Route("/plan/{name}", plan.metric_page, "governance:change:read"),
    Route("/history/{kind}/{name}", history.history_page, "catalog:definition:read"),
    Route("/changes", changes.changes, "governance:change:read"),
    Route("/changes/{number}", changes.change, "governance:change:read"),
    Route("/candidates", candidates.candidates, "governance:change:read"),
    Route("/candidates/{name}", candidates.candidate, "governance:change:read"),
    Route("/ownership", ownership.owners, "governance:change:read"),
    Route("/ownership/{kind}/{name}", ownership.one_owner, "governance:change:read"),
    Route("/boards", boards.boards, "governance:change:read"),
    Route("/boards/{name}", meetings.board, "governance:change:read"),
    Route("/boards/{name}/meetings/{number}", meetings.one_meeting, "governance:change:read"),
    Route("/disputes", disputes.disputed, "workflow:item:read"),
    Route("/decided", boards.decided, "governance:change:read"),
    Route("/audit", audit.audit, "governance:journal:read", company=True),
    Route("/audit.csv", audit.download, "governance:journal:read", company=True),
    Route("/access", asking.access, OWN),
    Route("/account", account.account, OWN),
    Route("/people", people.people, "governance:access:read"),
    Route("/definitions", definitions.definitions, "catalog:definition:read"),
    Route("/definitions/{kind}/{name}", definitions.definition, "catalog:definition:read"),
)


Reach = Literal["company", "unit", "itself"]


@dataclass(frozen=True, slots=True)
class Form:
    """An address to which a form is sent: called with what is read, what was filled in, and the names in the path; it
    gives the address to go on to, or the page again with what was wrong."""

    path: str
    act: Callable[..., str | Page]
    permission: str
    """What a person must be allowed to do it."""
    largest: int = 200_000
    """Bytes of it that are read at most."""
    reach: Reach = "company"
    """To what it is done: what is of no unit, what is of the unit filled in, or what the deed itself decides."""


FORMS = (
    Form("/access", asking.ask, OWN, reach="itself"),
    Form("/account", account.change, OWN, reach="itself"),
    Form("/people", people.change, "governance:access:write", reach="itself"),
    Form("/targets", proposals.decide, "governance:change:write", reach="unit"),
    Form("/incentives/{name}/approval", incentives.ask, incentives.PERMISSION),
    Form("/targets/allocation", allocating.decide, "governance:change:write", reach="unit"),
    Form("/identity/{name}/pair", identity.decide, "ingest:identity:decide"),
    Form("/candidates/{name}", candidates.decide, "governance:change:write"),
    Form("/ownership/{kind}/{name}", ownership.decide, "governance:change:write", reach="itself"),
    Form("/changes", requesting.open_, "governance:change:write"),
    Form("/boards/{name}", meetings.call, "governance:change:decide"),
    Form("/boards/{name}/meetings/{number}", meetings.change, "governance:change:decide"),
    Form("/scorecards/{name}/periods/{period}/close", periods.close, "scorecards:period:close"),
    Form("/scorecards/{name}/periods/{period}/reopen", periods.reopen, "scorecards:period:close"),
    Form(
        "/scorecards/{name}/periods/{period}/comment",
        periods.comment,
        "scorecards:comment:write",
        reach="unit",
    ),
    Form("/work/open", work.open_, "workflow:item:write", reach="itself"),
    Form("/work/{number:int}/act", work_item.take, "workflow:item:write", reach="itself"),
    Form("/work/{number:int}/comment", work_item.say_something, "workflow:item:write", reach="itself"),
    Form("/work/{number:int}/assign", work_item.give, "workflow:item:write", reach="itself"),
    Form(
        "/work/{number:int}/attach",
        work_item.add_file,
        "workflow:item:write",
        LARGEST + 100_000,
        reach="itself",
    ),
    Form("/work/{number:int}/recompute", work_item.recompute, "workflow:item:write", reach="itself"),
)
