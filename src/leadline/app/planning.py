"""What is in force beside what is written: the plan of a project's folder."""

from pathlib import Path

from leadline.app.evidence import evidence
from leadline.app.trial import trial
from leadline.app.wiring import Workspace, open_catalog, open_published
from leadline.catalog import Catalog, build, load, require
from leadline.catalog.definitions import Grain
from leadline.catalog.documents import PROJECT_FILE, Document, parse, shipped
from leadline.catalog.plan import Effective, Plan, plan
from leadline.errors import NothingPublished
from leadline.governance.backtest import backtest
from leadline.governance.backtest_results import BackTest
from leadline.governance.in_force import InForce
from leadline.governance.timelines import Node
from leadline.metrics.query import Viewer


def planned(
    space: Workspace,
    effective: Effective | None = None,
    *,
    ruling: InForce | None = None,
    working: Catalog | None = None,
) -> Plan:
    """Compare the working definitions with those in force.

    What is not governed is in force as it was published last, the rest as the ledger says. Raises CheckFailed where
    the working definitions cannot be used.
    """
    written = working or require(load(space.root))
    return plan(_in_force(space, written, ruling), written, effective)


def _in_force(space: Workspace, working: Catalog, ruling: InForce | None) -> Catalog:
    """Give the definitions in force; where nothing was published yet, none but the shipped model."""
    try:
        published = open_catalog(space)
    except NothingPublished:
        project = parse(f"kind: project\nname: {working.project.name}\n", Path(PROJECT_FILE))[0]
        return build([*shipped(), *project], space.root)
    found = ruling or space.in_force(space.clock.now())
    if not found.versions:
        return published
    return published_and_governed(published, found, space.root)


def published_and_governed(published: Catalog, ruling: InForce, root: Path) -> Catalog:
    """Give what was published last, with what is governed as it is in force since; what is retired is gone."""

    def node(document: Document) -> Node:
        return document.kind, str(document.data.get("name"))

    gone = {one for one, line in ruling.timelines.items() if line.segments and one not in ruling.versions}
    kept = [d for d in published.documents if node(d) not in ruling.versions and node(d) not in gone]
    texts = [d for d in ruling.catalog.documents if node(d) in ruling.versions]
    return build([*kept, *texts], root)


def back_tested(
    space: Workspace,
    found: Plan,
    *,
    viewer: str | Viewer,
    periods: int = 6,
    examples: int = 5,
    grain: Grain = "month",
) -> BackTest:
    """Compare what is in force with what is written over past periods, with rows loaded anew where that is needed.

    Raises NothingPublished, CheckFailed.
    """
    published, working = open_published(space), require(load(space.root))
    plans = published.catalog.incentives.values()
    known = evidence(space.ledger, published, plans, viewer)
    with trial(space, published, working) as anew:
        return backtest(
            published, found, working, viewer=viewer, periods=periods, grain=grain, examples=examples, anew=anew,
            evidence=known,
        )  # fmt: skip
