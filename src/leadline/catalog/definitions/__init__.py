"""Every kind of definition, one file each, as a tagged union of frozen models."""

from leadline.catalog.definitions.adjustment import Money, Raked, Standardised
from leadline.catalog.definitions.api import Api
from leadline.catalog.definitions.base import Definition, Model, Raci, seconds
from leadline.catalog.definitions.calendar import Calendar
from leadline.catalog.definitions.check import (
    BatchChecks,
    Check,
    CheckBase,
    DriftCheck,
    EncodingCheck,
    FreshnessCheck,
    Level,
    ReferenceCheck,
    RowCheck,
    RowChecks,
    RuleCheck,
    SchemaCheck,
    UniqueCheck,
    ValuesCheck,
    VolumeCheck,
)
from leadline.catalog.definitions.database import Database
from leadline.catalog.definitions.detector import (
    FINDS,
    Burst,
    Detector,
    DetectorBase,
    Detectors,
    ImpossibleTiming,
    Outlier,
    Per,
    Repeated,
    Spam,
    Speeding,
    StraightLining,
    TestRows,
)
from leadline.catalog.definitions.expectation import Expected
from leadline.catalog.definitions.fact import (
    CLASSIFICATIONS,
    Classification,
    Column,
    ColumnType,
    Fact,
    ResolvedColumn,
)
from leadline.catalog.definitions.identity import Identity
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
    "check", "detector", "identity",
)  # fmt: skip

__all__ = [
    "CLASSIFICATIONS", "COMPOSED", "FINDS", "GRAINS", "KINDS", "Api", "Balance", "BatchChecks", "Burst", "Calendar",
    "Check", "CheckBase", "Classification", "Collected", "Column", "ColumnType", "Composed", "Conversion", "Count",
    "Cumulative", "Database", "Definition", "Derived", "Detector", "DetectorBase", "Detectors", "Distinct",
    "DriftCheck", "Duration", "EncodingCheck", "Expected", "Fact", "Following", "FreshnessCheck", "Grain", "Identity",
    "ImpossibleTiming", "Index", "IndexPart", "Jurisdiction", "Landed", "Lands", "Level", "Link", "Manual", "Mean",
    "Measure", "Metric", "MetricBase", "Model", "Money", "Objective", "Outlier", "Per", "Perspective", "Policy",
    "Project", "Purpose", "Quantile", "Raci", "Raked", "Ratio", "Reconciliation", "ReferenceCheck", "Rejection",
    "Repeated", "ResolvedColumn", "RowCheck", "RowChecks", "RowMetric", "RowMetrics", "RuleCheck", "SchemaCheck",
    "Scorecard", "ScorecardObjective", "Share", "Source", "Spam", "Speeding", "Standardised", "Stitch", "Stock",
    "StraightLining", "Stream", "Sum", "TestRows", "Tolerance", "UniqueCheck", "Unit", "UnitNode", "Valued",
    "ValuesCheck", "VolumeCheck", "Webhook", "seconds",
]  # fmt: skip
