"""Every kind of definition, one file each, as a tagged union of frozen models."""

from leadline.catalog.definitions.adjustment import Money, Raked, Standardised
from leadline.catalog.definitions.api import Api
from leadline.catalog.definitions.base import Definition, Model, Raci, seconds
from leadline.catalog.definitions.calendar import Calendar
from leadline.catalog.definitions.database import Database
from leadline.catalog.definitions.expectation import Expected
from leadline.catalog.definitions.fact import CLASSIFICATIONS, Classification, Column, ColumnType, Fact
from leadline.catalog.definitions.landed import Landed
from leadline.catalog.definitions.landing import Lands
from leadline.catalog.definitions.metric import (
    COMPOSED,
    GRAINS,
    Balance,
    Collected,
    Composed,
    Conversion,
    Count,
    Cumulative,
    Derived,
    Distinct,
    Duration,
    Following,
    Grain,
    Index,
    IndexPart,
    Manual,
    Mean,
    Metric,
    MetricBase,
    Quantile,
    Ratio,
    RowMetric,
    RowMetrics,
    Share,
    Stock,
    Sum,
    Valued,
)
from leadline.catalog.definitions.objective import Objective
from leadline.catalog.definitions.policy import Jurisdiction, Policy, Purpose
from leadline.catalog.definitions.project import Project
from leadline.catalog.definitions.reconciliation import Reconciliation, Tolerance
from leadline.catalog.definitions.scorecard import Measure, Perspective, Scorecard, ScorecardObjective
from leadline.catalog.definitions.source import Rejection, Source
from leadline.catalog.definitions.stitch import Link, Stitch
from leadline.catalog.definitions.stream import Stream
from leadline.catalog.definitions.unit import Unit, UnitNode
from leadline.catalog.definitions.webhook import Webhook

KINDS = (
    "project", "source", "fact", "unit", "calendar", "metric", "objective", "scorecard", "policy", "reconciliation",
)  # fmt: skip

__all__ = [
    "CLASSIFICATIONS", "COMPOSED", "GRAINS", "KINDS", "Api", "Balance", "Calendar", "Classification", "Collected",
    "Column", "ColumnType", "Composed", "Conversion", "Count", "Cumulative", "Database", "Definition", "Derived",
    "Distinct", "Duration", "Expected", "Fact", "Following", "Grain", "Index", "IndexPart", "Jurisdiction", "Landed",
    "Lands", "Link", "Manual", "Mean", "Measure", "Metric", "MetricBase", "Model", "Money", "Objective",
    "Perspective", "Policy", "Project", "Purpose", "Quantile", "Raci", "Raked", "Ratio", "Reconciliation",
    "Rejection", "RowMetric", "RowMetrics", "Scorecard", "ScorecardObjective", "Share", "Source", "Standardised",
    "Stitch", "Stock", "Stream", "Sum", "Tolerance", "Unit", "UnitNode", "Valued", "Webhook", "seconds",
]  # fmt: skip
