"""What is in force beside what is written: the plan of a project's folder."""

from pathlib import Path

from leadline.app.wiring import Workspace, open_catalog
from leadline.catalog import Catalog, build, load, require
from leadline.catalog.documents import PROJECT_FILE, parse, shipped
from leadline.catalog.plan import Effective, Plan, plan
from leadline.errors import NothingPublished


def in_force(space: Workspace, working: Catalog) -> Catalog:
    """Give the definitions in force; where nothing was published yet, none but the shipped model."""
    try:
        return open_catalog(space)
    except NothingPublished:
        project = parse(f"kind: project\nname: {working.project.name}\n", Path(PROJECT_FILE))[0]
        return build([*shipped(), *project], space.root)


def planned(space: Workspace, effective: Effective | None = None) -> Plan:
    """Compare the working definitions with those in force. Raises CheckFailed where the working ones cannot be used."""
    working = require(load(space.root))
    return plan(in_force(space, working), working, effective)
