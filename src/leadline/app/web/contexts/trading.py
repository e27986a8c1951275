"""What is traded and what is paid: trade-offs, other weights and targets, incentive plans and their statements."""

from dataclasses import dataclass
from typing import ClassVar

from leadline.app.web.charts.scatter import ScatterSpec
from leadline.app.web.contexts.pieces import Document, Link, Mark, Picker, Shell


@dataclass(frozen=True, slots=True)
class TradeOffLine:
    """One trade-off in the list: its sides, and what its last period says."""

    link: Link
    sides: tuple[Link, Link]
    mark: Mark
    words: str


@dataclass(frozen=True, slots=True)
class TermLine:
    """How much of a scorecard's weight is for the long term, and how much it promised."""

    scorecard: Link
    long_term: str
    promised: str


@dataclass(frozen=True, slots=True)
class TradeOffsPage:
    """Every trade-off, those in conflict first."""

    template: ClassVar[str] = "trading/list.html"

    shell: Shell
    lines: tuple[TradeOffLine, ...]
    terms: tuple[TermLine, ...]
    plans: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class StandingLine:
    """One unit in one period: both figures with how each stands in its range, the frontier, and a conflict."""

    where: str
    period: str
    figures: tuple[Link, Link]
    intervals: tuple[str, str]
    marks: tuple[Mark, Mark]
    frontier: str
    conflict: str
    now: bool


@dataclass(frozen=True, slots=True)
class TradeOffPage:
    """One trade-off: both sides against each other, and every standing."""

    template: ClassVar[str] = "trading/trade_off.html"

    shell: Shell
    title: str
    description: str
    owner: str
    sentence: str
    sides: tuple[Link, Link]
    ranges: tuple[str, str]
    chart: ScatterSpec | None
    lines: tuple[StandingLine, ...]
    document: Document


@dataclass(frozen=True, slots=True)
class InputLine:
    """One number that may be changed: its field's name, label, present value and what was put in."""

    name: str
    label: str
    value: str
    changed: bool


@dataclass(frozen=True, slots=True)
class MeasureInputs:
    """A measure and its numbers; `then` is None where nothing was asked yet."""

    metric: Link
    unit: str
    inputs: tuple[InputLine, ...]
    now: Mark
    then: Mark | None
    scores: str


@dataclass(frozen=True, slots=True)
class UnitOutcome:
    """What one unit's scorecard is and would be, and which measures turn."""

    unit: str
    now: Mark
    then: Mark
    scores: str
    turned: tuple[tuple[str, Mark, Mark], ...]


@dataclass(frozen=True, slots=True)
class WhatIfPage:
    """A scorecard with other weights and targets; `problem` says why what was asked cannot be.

    `above` are the weights of perspectives and objectives; `sentence` says who turns red, `stretched` what surprises.
    """

    template: ClassVar[str] = "trading/what_if.html"

    shell: Shell
    scorecard: Link
    action: str
    period: Picker
    asks_for: str
    sentence: str
    above: tuple[InputLine, ...]
    measures: tuple[MeasureInputs, ...]
    stretched: str
    outcomes: tuple[UnitOutcome, ...]
    problem: str
    command: str


@dataclass(frozen=True, slots=True)
class PayoutLine:
    """What one unit is paid: score, percent, amount with its range, state and why."""

    unit: Link
    score: str
    percent: str
    amount: str
    span: str
    mark: Mark
    why: str


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A past period of a simulation: what is due, for how many, and how many are held."""

    period: Link
    total: str
    due: str
    held: str


@dataclass(frozen=True, slots=True)
class IncentivePage:
    """One incentive plan in one period, and what it would have paid before.

    `ask` is the address at which approval is asked for; empty where there is nothing to ask, or nobody who may.
    """

    template: ClassVar[str] = "trading/incentive.html"

    shell: Shell
    title: str
    description: str
    owner: str
    words: tuple[str, ...]
    period: Picker
    sentence: str
    approval: str
    item: Link | None
    ask: str
    asks_for: str
    token: str
    curve: ScatterSpec
    lines: tuple[PayoutLine, ...]
    rounds: tuple[RoundLine, ...]
    document: Document


@dataclass(frozen=True, slots=True)
class PaidMeasure:
    """A measure in a statement: its figure, targets, score and its part of the whole score."""

    metric: Link
    unit: str
    figure: Link
    interval: str
    n: str
    target: str
    mark: Mark
    score: str
    part: str


@dataclass(frozen=True, slots=True)
class GateLine:
    """A gate in a statement, with what decided it."""

    words: str
    mark: Mark
    why: str
    figure: Link | None


@dataclass(frozen=True, slots=True)
class StatementPage:
    """A payout statement: every step from figures to money, and the hash over all of it."""

    template: ClassVar[str] = "trading/statement.html"

    shell: Shell
    title: str
    plan: Link
    period: str
    mark: Mark
    amount: str
    span: str
    why: tuple[str, ...]
    steps: tuple[tuple[str, str], ...]
    measures: tuple[PaidMeasure, ...]
    gates: tuple[GateLine, ...]
    provenance: tuple[tuple[str, str], ...]
    hash: str
    command: str
