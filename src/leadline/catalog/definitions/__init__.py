"""Every kind of definition, one file each, as a tagged union of frozen models."""

from leadline.catalog.definitions.base import Definition, Model, Raci
from leadline.catalog.definitions.calendar import Calendar
from leadline.catalog.definitions.fact import Column, ColumnType, Fact
from leadline.catalog.definitions.metric import (
    GRAINS,
    Balance,
    Collected,
    Count,
    Grain,
    Mean,
    Metric,
    MetricBase,
    Quantile,
    Ratio,
    Share,
    Sum,
)
from leadline.catalog.definitions.objective import Objective
from leadline.catalog.definitions.project import Project
from leadline.catalog.definitions.scorecard import Measure, Perspective, Scorecard, ScorecardObjective
from leadline.catalog.definitions.source import Rejection, Source
from leadline.catalog.definitions.unit import Unit, UnitNode

KINDS = ("project", "source", "fact", "unit", "calendar", "metric", "objective", "scorecard")

__all__ = [
    "GRAINS", "KINDS", "Balance", "Calendar", "Collected", "Column", "ColumnType", "Count", "Definition", "Fact",
    "Grain", "Mean", "Measure", "Metric", "MetricBase", "Model", "Objective", "Perspective", "Project", "Quantile",
    "Raci", "Ratio", "Rejection", "Scorecard", "ScorecardObjective", "Share", "Source", "Sum", "Unit", "UnitNode",
]  # fmt: skip
