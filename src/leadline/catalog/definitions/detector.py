"""`kind: detector`: rows of a fact that must stay visible and must not enter a figure.

Tagged by `type`. What a detector catches is left out of every figure with the detector's name as the reason, until a
person releases it. The sources of the rules and their measured false alarms: docs/how-to/check-incoming-data.md.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from leadline.catalog.definitions.base import ColumnPath, Definition, ExpressionText, Name

Per = Literal["hour", "day", "week"]
"""Stretches of UTC time in which rows are counted."""

_PATTERNS = Field(default=(), strict=False)
_COLUMNS = Field(default=(), strict=False)


class DetectorBase(Definition):
    """What every detector has: its fact, which of its rows it looks at, and what a finding of it is called."""

    kind: Literal["detector"]
    of: Name
    where: ExpressionText | None = None
    finds: Name | None = None
    """The kind of finding where what it caught moved a figure; else that of its type."""


class Speeding(DetectorBase):
    """Answers given faster than a person can read: below a number of seconds, or a share of the group's median."""

    type: Literal["speeding"]
    column: Name = "seconds_taken"
    below: Annotated[float, Field(gt=0)] | None = None
    share_of_median: Annotated[float, Field(gt=0, lt=1)] | None = None
    by: tuple[Name, ...] = _COLUMNS
    least: Annotated[int, Field(ge=5)] = 30
    """So many rows must have a time before a group's median is judged by."""


class StraightLining(DetectorBase):
    """All answers of one respondent the same, over at least so many questions."""

    type: Literal["straight_lining"]
    respondent: Annotated[tuple[Name, ...], Field(min_length=1, strict=False)] = ("invitation",)
    column: Name = "score"
    questions: Annotated[int, Field(ge=3)] = 6


class Repeated(DetectorBase):
    """More than `at_most` rows that share the same values within one hour, day or week: all of them.

    `text` names a column that is compared without case, blanks and punctuation, if it has at least `length` letters.
    """

    type: Literal["repeated"]
    same: tuple[Name, ...] = _COLUMNS
    text: Name | None = None
    length: Annotated[int, Field(ge=1)] = 12
    per: Per = "day"
    at_most: Annotated[int, Field(ge=1)]


class ImpossibleTiming(DetectorBase):
    """Rows whose instant is before one that it must follow, by more than `slack`."""

    type: Literal["impossible_timing"]
    not_before: Annotated[tuple[ColumnPath, ...], Field(min_length=1, strict=False)]
    slack: Annotated[str, Field(pattern=r"^[0-9]{1,4} (second|minute|hour|day)s?$")] = "0 seconds"


class Burst(DetectorBase):
    """Many more rows of one group in an hour or day than that group has at other times: all of them."""

    type: Literal["burst"]
    by: tuple[Name, ...] = _COLUMNS
    per: Per = "hour"
    at_least: Annotated[int, Field(ge=5)] = 30
    false_alarms: Annotated[float, Field(gt=0, le=0.05)] = 0.00001
    """For one group and stretch."""


class TestRows(DetectorBase):
    """Rows that somebody made to try something: one of the texts says so."""

    type: Literal["test"]
    columns: Annotated[tuple[Name, ...], Field(min_length=1, strict=False)]
    also: tuple[str, ...] = _PATTERNS


class Spam(DetectorBase):
    """Rows that no person wrote to the company: one of the texts says so."""

    type: Literal["spam"]
    columns: Annotated[tuple[Name, ...], Field(min_length=1, strict=False)]
    also: tuple[str, ...] = _PATTERNS


class Outlier(DetectorBase):
    """Values far from those of their group: by the robust z-score, by Tukey's fence, or by a fixed limit."""

    type: Literal["outlier"]
    column: Name
    method: Literal["mad", "tukey", "limit"] = "mad"
    beyond: Annotated[float, Field(gt=0)] | None = None
    """`mad`: robust z, default 3.5; `tukey`: interquartile ranges beyond the quartiles, default 3."""
    side: Literal["both", "high", "low"] = "both"
    log: bool = False
    """Judge by the logarithm: for times and amounts, which are skewed. Values of 0 and below are not judged."""
    by: tuple[Name, ...] = _COLUMNS
    least: Annotated[int, Field(ge=5)] = 30
    minimum: float | None = None
    maximum: float | None = None


Detectors: TypeAlias = (
    Speeding | StraightLining | Repeated | ImpossibleTiming | Burst | TestRows | Spam | Outlier
)
Detector: TypeAlias = Annotated[Detectors, Field(discriminator="type")]
FINDS: dict[str, str] = {
    "speeding": "survey_fraud", "straight_lining": "survey_fraud", "repeated": "survey_fraud",
    "impossible_timing": "survey_fraud", "burst": "survey_fraud", "test": "test_rows", "spam": "spam",
    "outlier": "outliers",
}  # fmt: skip
"""The kind of finding of each type, unless the detector names another."""
