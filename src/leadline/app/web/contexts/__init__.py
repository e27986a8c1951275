"""What each page shows: one documented frozen dataclass a page, rendered by the template it names."""

from leadline.app.web.contexts.access import SignInPage
from leadline.app.web.contexts.compare import ComparePage
from leadline.app.web.contexts.definitions import DefinitionIndexPage, DefinitionPage
from leadline.app.web.contexts.download import Download
from leadline.app.web.contexts.exclusions import ExclusionPage, ExclusionsPage
from leadline.app.web.contexts.executive import ExecutivePage
from leadline.app.web.contexts.figure import FigurePage
from leadline.app.web.contexts.findings import FindingsPage
from leadline.app.web.contexts.governance import GovernancePage
from leadline.app.web.contexts.home import HomePage
from leadline.app.web.contexts.identity import IdentitiesPage, PairPage
from leadline.app.web.contexts.metrics import MetricPage, MetricsPage
from leadline.app.web.contexts.notice import NoticePage
from leadline.app.web.contexts.periods import BridgePage, CalendarPage, PeriodPage
from leadline.app.web.contexts.reconciliations import ReconciliationPage, ReconciliationsPage
from leadline.app.web.contexts.sources import SourcePage, SourcesPage
from leadline.app.web.contexts.strategy import StrategyPage
from leadline.app.web.contexts.trading import (
    IncentivePage,
    StatementPage,
    TradeOffPage,
    TradeOffsPage,
    WhatIfPage,
)
from leadline.app.web.contexts.work import WorkItemPage, WorkListPage, WorkOpenPage, WorkPage

Page = (
    HomePage
    | ComparePage
    | ExecutivePage
    | StrategyPage
    | MetricsPage
    | MetricPage
    | FigurePage
    | SourcesPage
    | SourcePage
    | ReconciliationsPage
    | ReconciliationPage
    | ExclusionsPage
    | ExclusionPage
    | FindingsPage
    | WorkPage
    | WorkListPage
    | WorkItemPage
    | WorkOpenPage
    | DefinitionIndexPage
    | DefinitionPage
    | IdentitiesPage
    | PairPage
    | TradeOffsPage
    | TradeOffPage
    | WhatIfPage
    | IncentivePage
    | StatementPage
    | GovernancePage
    | BridgePage
    | CalendarPage
    | PeriodPage
    | NoticePage
    | SignInPage
)

__all__ = [
    "BridgePage",
    "CalendarPage",
    "ComparePage",
    "DefinitionIndexPage",
    "DefinitionPage",
    "Download",
    "ExclusionPage",
    "ExclusionsPage",
    "ExecutivePage",
    "FigurePage",
    "FindingsPage",
    "GovernancePage",
    "HomePage",
    "IdentitiesPage",
    "IncentivePage",
    "MetricPage",
    "MetricsPage",
    "NoticePage",
    "Page",
    "PairPage",
    "PeriodPage",
    "ReconciliationPage",
    "ReconciliationsPage",
    "SignInPage",
    "SourcePage",
    "SourcesPage",
    "StatementPage",
    "StrategyPage",
    "TradeOffPage",
    "TradeOffsPage",
    "WhatIfPage",
    "WorkItemPage",
    "WorkListPage",
    "WorkOpenPage",
    "WorkPage",
]
