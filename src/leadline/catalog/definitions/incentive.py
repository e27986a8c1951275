"""`kind: incentive`: what a scorecard's score pays, to whom, and what must hold before anything is paid."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from leadline.catalog.definitions.base import Definition, Model, Name
from leadline.catalog.definitions.calendar import Day

FINDING_KINDS = (
    "late_feed", "reconciliation", "consent", "off_target", "trade_off", "reclassification", "lead_lag",
    "changed_from_previous", "changed_from_last_year",
)  # fmt: skip
"""Kinds of finding that a gate may name, beside those of detectors (`finds`)."""

Percent = Annotated[float, Field(ge=0, le=1000)]


class Gate(Model):
    """What must hold before all is paid; where it does not, `pays` percent of it is.

    Either a metric with a bound or `no_worse_than` (a fall that is more than chance closes the gate), or `findings`:
    no finding of these kinds about the one who is paid, or about what is below. `metric` is read for who is paid, or
    for `unit`.
    """

    metric: Name | None = None
    unit: Name | None = None
    at_least: float | None = None
    at_most: float | None = None
    no_worse_than: Literal["previous", "last_year"] | None = None
    findings: tuple[Name, ...] = Field(default=(), strict=False)
    pays: Annotated[float, Field(ge=0, lt=100)] = 0


class Together(Model):
    """An outcome that all answer for alike: the score of one scorecard for one unit (or everything), with its share."""

    scorecard: Name
    unit: Name | None = None
    percent: Annotated[float, Field(gt=0, le=100)]


class Incentive(Definition):
    """A plan: the score of `scorecard` for each of `units`, over each of its periods, pays a part of `amount`.

    `curve` gives percent of the amount by score (0..10): straight lines between its points, flat beyond them.
    `case_mix`: measures whose metric has a standardised figure are scored by it, so that a harder mix of cases is no
    one's fault. Fewer than `minimum_n` rows behind a measure that counts, or a gate that the data cannot settle, and
    the payout is held for a person to decide (`doubt: holds`), or the gate counts as passed (`doubt: pays`).
    """

    kind: Literal["incentive"]
    scorecard: Name
    units: Annotated[tuple[Name, ...], Field(strict=False, min_length=1)]
    amount: Annotated[float, Field(gt=0)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    curve: Annotated[
        tuple[Annotated[tuple[Annotated[float, Field(ge=0, le=10)], Percent], Field(strict=False)], ...],
        Field(strict=False, min_length=2),
    ]
    gates: tuple[Gate, ...] = Field(default=(), strict=False)
    together: Together | None = None
    case_mix: Literal["none", "standardised"] = "none"
    minimum_n: Annotated[int, Field(ge=0)] = 30
    doubt: Literal["holds", "pays"] = "holds"
    from_: Day = Field(default=date.min, alias="from")
    """The first day of the first period that pays."""
