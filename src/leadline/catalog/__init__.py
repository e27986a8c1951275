"""What the words mean: definitions loaded, completed and checked. `load(root)` is the door; everything else is data."""

from leadline.catalog.catalog import Catalog
from leadline.catalog.documents import Document, project_document, recall
from leadline.catalog.expressions import Expression, Scope
from leadline.catalog.fingerprint import Fingerprint
from leadline.catalog.loading import build, load, require
from leadline.catalog.problems import CheckFailed, Problem
from leadline.catalog.units import UnitEntry, UnitTree

__all__ = [
    "Catalog",
    "CheckFailed",
    "Document",
    "Expression",
    "Fingerprint",
    "Problem",
    "Scope",
    "UnitEntry",
    "UnitTree",
    "build",
    "load",
    "project_document",
    "recall",
    "require",
]
