"""`kind: check`: what must hold of the rows that come in, and what is done where it does not.

Tagged by `type`. Row checks look at each row of a file; batch checks at a file as a whole. A check belongs to how a
file is loaded: where its meaning is new, the files of its sources are loaded anew.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from leadline.catalog.definitions.base import Definition, ExpressionText, Name

Level = Literal["warn", "quarantine", "stop"]
"""`warn` counts and says so; `quarantine` holds the rows; `stop` refuses the file as a whole."""

_FALSE_ALARMS = Field(default=0.001, gt=0, le=0.2)


class CheckBase(Definition):
    """What every check has: the fact, the sources it is about (none named: all of the fact), and its level."""

    kind: Literal["check"]
    of: Name
    sources: tuple[Name, ...] = Field(default=(), strict=False)
    level: Level = "warn"


class RowCheck(CheckBase):
    """A check of each row. A row fails only where it is plain that it does: what is unknown passes.

    With `stop_above`, a file is refused if a larger share of its rows fails, whatever the level.
    """

    stop_above: Annotated[float, Field(ge=0, lt=1)] | None = None


class RuleCheck(RowCheck):
    """A condition over the columns of the fact: how they must go together."""

    type: Literal["rule"]
    holds: ExpressionText


class ValuesCheck(RowCheck):
    """The values of one column: there at all, in a range, one of a set, wholly of a pattern."""

    type: Literal["values"]
    column: Name
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    one_of: tuple[str, ...] | None = Field(default=None, strict=False)
    pattern: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    """A regular expression (RE2) that the whole value must match."""


class EncodingCheck(RowCheck):
    """Texts do not look like UTF-8 that was read as a one-byte encoding. `columns`: none named means all texts."""

    type: Literal["encoding"]
    columns: tuple[Name, ...] = Field(default=(), strict=False)


class UniqueCheck(RowCheck):
    """No two rows of one file have the same values in these columns. (Over all files, the fact's key is unique.)"""

    type: Literal["unique"]
    columns: Annotated[tuple[Name, ...], Field(min_length=1, strict=False)]


class ReferenceCheck(RowCheck):
    """What a column names is there when the file is loaded; files of the fact it names are loaded first."""

    type: Literal["reference"]
    column: Name


class VolumeCheck(CheckBase):
    """The rows of each day, week or month of a file are as many as `history` such periods before let expect.

    Days are compared with the same weekday, months by rows per day. `false_alarms` is for a file, not for a period.
    """

    type: Literal["volume"]
    every: Literal["day", "week", "month"] = "day"
    history: Annotated[int, Field(ge=4, le=104)] = 8
    false_alarms: float = _FALSE_ALARMS


class DriftCheck(CheckBase):
    """A column of a file is distributed as in the last `batches` files: by the population stability index.

    It is found only where it is both plain (`false_alarms`) and large (`at_least`: 0.1 moderate, 0.25 major).
    """

    type: Literal["drift"]
    column: Name
    batches: Annotated[int, Field(ge=1, le=100)] = 6
    at_least: Annotated[float, Field(ge=0)] = 0.1
    false_alarms: float = _FALSE_ALARMS


class SchemaCheck(CheckBase):
    """A file has the columns that the last file of its source had: none new, none gone, none of another type."""

    type: Literal["schema"]
    ignore: tuple[str, ...] = Field(default=(), strict=False)


class FreshnessCheck(CheckBase):
    """The newest row of a source is no older than `within` at each run. With `stop`, nothing is published."""

    type: Literal["freshness"]
    within: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3} (minute|hour|day)s?$")]


RowChecks: TypeAlias = RuleCheck | ValuesCheck | EncodingCheck | UniqueCheck | ReferenceCheck
BatchChecks: TypeAlias = VolumeCheck | DriftCheck | SchemaCheck
Check: TypeAlias = Annotated[RowChecks | BatchChecks | FreshnessCheck, Field(discriminator="type")]
