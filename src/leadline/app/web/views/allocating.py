"""A goal of the whole allocated to its parts, beside the goals that the parts have, and what the two differ by."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite

from leadline.app.allocating import UnitGoal, accept_goals
from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts.governance import Block, Cell, Field, Form, GovernancePage
from leadline.app.web.contexts.pieces import Link
from leadline.app.web.numbers import MINUS, NumberStyle, whole
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import figures
from leadline.catalog.cascade import agent_columns, named, sliced
from leadline.catalog.composition import dimensions
from leadline.catalog.definitions import Count, Measure, Metric, Scorecard, Sum
from leadline.catalog.definitions.governed import is_governed
from leadline.catalog.weights import measures_of
from leadline.errors import GovernanceError, LeadlineError, QueryError, suggest
from leadline.scorecards.allocation import Allotted, Basis, shares_of_gap
from leadline.scorecards.targeting import Allotment, allotted
from leadline.scorecards.tree import find

DIGITS = 4
"""Significant digits of a goal that is allocated: what is shown is what is written."""
_MIX, _UNITS = "mix:", "units"
_BASES: tuple[Basis, ...] = ("own", "equal")


def allocation(reading: Reading, asked: Asked) -> GovernancePage:
    """Tell a goal to the units below one, or to the values of a column, and set beside it what they have."""
    view = _View.of(reading, asked)
    title = say("allocate.title", metric=view.metric.label)
    blocks: list[Block] = [view.form()]
    try:
        found = view.found
    except LeadlineError as error:
        blocks.insert(
            0, Block(say("allocate.cannot"), about=tuple(filter(None, (error.message, error.hint))))
        )
    else:
        blocks = [view.top_down(found), view.bottom_up(found), *view.accepting(found), *blocks]
    return GovernancePage(
        shell=shell(reading, title, "home"), crumbs=view.crumbs(), title=title,
        about=(say("allocate.about", unit=view.top_label),), mark=None, beside=(), blocks=tuple(blocks),
    )  # fmt: skip


def decide(reading: Reading, given: Mapping[str, str]) -> str:
    """Ask for the goals that were allocated; go on to the change request."""
    view = _View.of(
        reading,
        Asked(
            definition=given.get("definition"), metric=given.get("measure"), unit=given.get("unit") or None,
            kind=given.get("kind") or None, numbers=(("goal", given.get("goal", "")),),
        ),
    )  # fmt: skip
    goals = view.goals(view.found)
    if not goals:
        raise GovernanceError(say("allocate.nothing"), code="target-elsewhere")
    made = accept_goals(
        reading.catalog.root, view.card.name, named(view.measure), goals, actor=reading.person.name,
        now=reading.now, because=given.get("because", "")[:2000],
    )  # fmt: skip
    return to.change(made.number)


def can_be_allocated(metric: Metric) -> bool:
    """Tell whether a metric is of a type whose parts may make up its whole."""
    return metric.type in {"share", "mean", "count", "sum"}


@dataclass(frozen=True)
class _View:
    """One goal being allocated."""

    reading: Reading
    card: Scorecard
    measure: Measure
    metric: Metric
    unit: str | None
    basis: Basis
    mix: str | None
    by: str | None
    given: str

    @classmethod
    def of(cls, reading: Reading, asked: Asked) -> "_View":
        card = find(reading.catalog, asked.definition or "")
        known = {named(one): one for one in measures_of(card)}
        measure = known.get(asked.metric or "")
        if measure is None:
            raise QueryError(
                say("allocate.no_measure", card=card.name, name=asked.metric or ""), code="unknown-measure",
                hint=suggest(asked.metric or "", known),
            )  # fmt: skip
        kind = asked.kind or "own"
        mix = kind.removeprefix(_MIX) if kind.startswith(_MIX) else None
        basis: Basis = "mix" if mix else next((one for one in _BASES if one == kind), "own")
        given = next((text for name, text in asked.numbers if name.rpartition(".")[2] == "goal"), "")
        metric, unit = reading.published.metric(measure.metric), asked.unit or measure.unit or card.unit
        by = asked.view if asked.view != _UNITS else None
        if (
            asked.view is None
            and unit in reading.catalog.units.names
            and not reading.catalog.units.children(unit)
        ):
            by = _persons(reading, card, metric)  # below a team are its people
        return cls(reading, card, measure, metric, unit, basis, mix, by, given.strip())

    @property
    def style(self) -> NumberStyle:
        return figures.style(self.metric)

    @property
    def top_label(self) -> str:
        units = self.reading.catalog.units
        return units.label(self.unit) if self.unit in units.names and self.unit else say("pick.all_units")

    @property
    def additive(self) -> bool:
        return isinstance(self.metric, Count | Sum)

    @cached_property
    def own(self) -> tuple[float | None, float | None]:
        """Red flag and goal that the scorecard has for the unit whose goal is allocated."""
        places = [
            one for one in self.measure.targets if one.unit == self.unit and self.unit and not one.where
        ]
        asked = places[0] if places else self.measure
        return asked.red_flag, asked.goal

    @cached_property
    def goal(self) -> float:
        """The goal that is allocated. Raises GovernanceError where it is no number, QueryError where there is none."""
        text = self.given.replace(",", ".")
        if not text:
            if self.own[1] is None:
                raise QueryError(say("allocate.no_goal"), code="usage")
            return self.own[1]
        try:
            number = float(text)
        except ValueError as error:
            raise GovernanceError(say("targets.no_number", text=self.given), code="target-number") from error
        if not isfinite(number):
            raise GovernanceError(say("targets.no_number", text=self.given), code="target-number")
        return number

    @cached_property
    def found(self) -> Allotment:
        published = self.reading.published
        return allotted(
            published, self.metric.name, self.goal, viewer=self.reading.viewer, basis=self.basis, unit=self.unit,
            mix=self.mix, by=self.by, period=published.latest_complete(self.metric.name, self.card.period),
        )  # fmt: skip

    def crumbs(self) -> tuple[Link, ...]:
        units = self.reading.catalog.units
        above = reversed(units.ancestors(self.unit)) if self.unit in units.names and self.unit else ()
        return (
            Link(self.card.label, to.scorecard(self.card.name)),
            Link(say("targets.title"), to.targets()),
            *(Link(units.label(one), self.address(one)) for one in above),
        )

    def address(self, unit: str | None, goal: float | None = None) -> str:
        """Give the way to the same of another unit, with the goal that was allocated to it."""
        kind = f"{_MIX}{self.mix}" if self.mix else self.basis
        told = {} if goal is None else {f"{self.measure.metric}.goal": f"{goal:g}"}
        return to.allocation(
            definition=self.card.name, metric=named(self.measure), unit=unit, kind=kind, **told
        )

    def form(self) -> Block:
        """Give the form that asks for another goal, base or kind of parts; its answer is an address."""
        columns = dimensions(self.reading.catalog, self.metric)
        bases = [("own", say("allocate.base.own")), ("equal", say("allocate.base.equal"))]
        if not self.additive:
            bases += [(f"{_MIX}{one}", say("allocate.base.mix", column=_worded(one))) for one in columns]
        parts = [(_UNITS, say("allocate.parts.units")), *((one, _worded(one)) for one in columns)]
        hidden = {"definition": self.card.name, "metric": named(self.measure), "unit": self.unit}
        value = self.given or (f"{self.own[1]:g}" if self.own[1] is not None else "")
        fields = (
            *(Field(name, name, "hidden", text) for name, text in hidden.items() if text),
            Field(f"{self.measure.metric}.goal", say("allocate.goal"), value=value),
            Field("kind", say("allocate.base"), "choice", f"{_MIX}{self.mix}" if self.mix else self.basis,
                  choices=tuple(bases)),
            Field("view", say("allocate.parts"), "choice", self.by or _UNITS, choices=tuple(parts)),
        )  # fmt: skip
        form = Form(to.allocation(), fields, (("", say("allocate.tell")),), "get")
        return Block(say("allocate.other"), about=(say("allocate.bases"),), form=form)

    def top_down(self, found: Allotment) -> Block:
        """Give each part with what it is, what is expected of it, and its goal."""
        style, period = self.style, dates.period(dates.period_of(found.whole))
        now = found.whole.value or 0.0
        facts = [
            (say("allocate.now", period=period), style.value(now)),
            (say("allocate.goal"), style.round_value(self.goal)),
            (say("allocate.gain"), self._signed(self.goal - now)),
        ]
        about = [
            say(f"allocate.why.{'total' if self.additive else found.basis}", column=_worded(self.mix or ""))
        ]
        if self.own[1] is not None and self.own[1] != self.goal:
            about.append(say("allocate.not_in_force", goal=style.round_value(self.own[1])))
        if left_out := self._below(found.left_out):
            about.append(say("allocate.left_out", parts=", ".join(left_out)))
        if unlike := self._below(found.unlike):
            about.append(say("allocate.unlike", parts=", ".join(unlike)))
        if any(self._beyond(one.goal) for one in _first(found)):
            about.append(say("allocate.beyond"))
        rows = tuple(self._row(one) for one in _first(found))
        columns = ["allocate.part", "tree.n", "allocate.value", "allocate.expected", "allocate.allocated"]
        columns += [] if self.by else ["allocate.declared", "allocate.difference"]
        return Block(say("allocate.top_down"), tuple(about), tuple(facts),
                     tuple(say(one) for one in columns), rows)  # fmt: skip

    def _row(self, one: Allotted) -> tuple[Cell, ...]:
        style, part = self.style, one.part
        href = "" if self.by else self.address(part.name, _rounded(one.goal))
        cells = [
            Cell(self._label(part.name), href),
            Cell(whole(part.n), number=True),
            Cell(style.brief(part.value), number=True),
            Cell(style.brief(one.base), number=True),
            Cell(style.brief(_rounded(one.goal)), number=True),
        ]
        if not self.by:
            own = part.declared
            cells.append(Cell("–" if own is None else style.brief(own), number=True))
            cells.append(Cell("–" if own is None else self._signed(own - one.goal), number=True))
        return tuple(cells)

    def bottom_up(self, found: Allotment) -> Block:
        """Give what the parts' own goals come to for the whole, and part by part what makes the difference."""
        title = say("allocate.bottom_up")
        if self.by:
            persons = self.by in agent_columns(self.reading.catalog)
            return Block(title, (say("allocate.persons" if persons else "allocate.no_own"),))
        first = _first(found)
        without = [self._label(one.part.name) for one in first if one.part.declared is None]
        if len(without) == len(first):
            return Block(title, (say("allocate.none_declared"),))
        shares = shares_of_gap(first, additive=self.additive)
        gap, style = sum(shares), self.style
        about = [say("allocate.gap" if abs(gap) >= 1e-9 else "allocate.no_gap", size=style.difference(gap),
                     side=say("allocate.above" if gap > 0 else "allocate.below"))]  # fmt: skip
        if without:
            about.append(say("allocate.without", parts=", ".join(without)))
        about.append(say("allocate.adjusting") if found.reconciled.adjusted else "")
        rows = sum(one.part.n for one in first)
        adjusted = found.reconciled.adjusted or (None,) * len(first)
        lines = [
            (
                Cell(self._label(one.part.name)),
                Cell(f"{one.part.n / rows * 100:.0f}%" if rows else "–", number=True),
                Cell(style.brief(_rounded(one.goal)), number=True),
                Cell("–" if one.part.declared is None else style.brief(one.part.declared), number=True),
                Cell(self._signed(share), number=True),
                Cell("–" if even is None else style.brief(_rounded(even)), number=True),
            )
            for one, share, even in zip(first, shares, adjusted, strict=True)
        ]
        facts = (
            (say("allocate.goal"), style.round_value(self.goal)),
            (say("allocate.implied"), style.value(self.goal + gap)),
            (say("allocate.difference"), self._signed(gap)),
        )
        columns = ("allocate.part", "allocate.share", "allocate.allocated", "allocate.declared", "allocate.makes",
                   "allocate.even")  # fmt: skip
        return Block(
            title, tuple(filter(None, about)), facts, tuple(say(one) for one in columns), tuple(lines)
        )

    def goals(self, found: Allotment) -> list[UnitGoal]:
        """Give what would be written: each unit's goal, with its red flag as far before it as the whole's."""
        red_flag, goal = self.own
        if self.by or red_flag is None or goal is None:
            return []
        made = []
        for one in _first(found):
            flag = one.goal * red_flag / goal if self.additive and goal else one.goal + red_flag - goal
            made.append(UnitGoal(one.part.name, _rounded(flag), _rounded(one.goal)))
        return made

    def accepting(self, found: Allotment) -> Iterator[Block]:
        """Give the way into force: a change request for a governed scorecard, else what to do."""
        goals, title = self.goals(found), say("targets.accept")
        if self.by or not goals:
            return
        if any(self._beyond(one.goal) for one in goals):
            yield Block(title, (say("allocate.beyond"),))
        elif not is_governed(self.reading.catalog.project.governed, "scorecard", self.card.name):
            yield Block(title, (say("targets.ungoverned_how", name=self.card.name),), text=_yaml(goals))
        elif not self.reading.may("governance:change:write"):
            yield Block(title, (say("targets.not_yours"),))
        else:
            hidden = {
                "definition": self.card.name, "measure": named(self.measure), "unit": self.unit,
                "goal": f"{self.goal:g}", "kind": f"{_MIX}{self.mix}" if self.mix else self.basis,
            }  # fmt: skip
            fields = (
                *(Field(name, name, "hidden", value) for name, value in hidden.items() if value),
                Field("because", say("ownership.because"), "text", required=True),
            )
            form = Form(
                to.allocation(), fields, (("accept", say("targets.ask")),), token=self.reading.form_token
            )
            yield Block(
                title, (say("allocate.accept_about", count=len(goals)),), text=_yaml(goals), form=form
            )

    def _beyond(self, goal: float) -> bool:
        """Tell whether a goal is one that nobody can reach."""
        return self.metric.measured_in == "percent" and not 0 <= goal <= 100

    def _signed(self, change: float) -> str:
        """Give a difference with its sign; one that is too small to be shown has none."""
        size = self.style.difference(change)
        return size if size == self.style.difference(0.0) else f"{'+' if change > 0 else MINUS}{size}"

    def _below(self, names: Sequence[str]) -> list[str]:
        """Name those of some parts that are shown: of units, those right below."""
        units = self.reading.catalog.units
        top = self.unit or units.roots[0]
        return [self._label(one) for one in names if self.by or one in units.children(top)]

    def _label(self, name: str) -> str:
        units = self.reading.catalog.units
        return units.label(name) if not self.by and name in units.names else name


def _persons(reading: Reading, card: Scorecard, metric: Metric) -> str | None:
    """Give the column by which a scorecard tells people apart, as the metric has it."""
    found = sliced(reading.catalog, metric, {card.agents: ""}) if card.agents else None
    return next(iter(found), None) if found else None


def _rounded(number: float) -> float:
    return float(f"{number:.{DIGITS}g}")


def _first(found: Allotment) -> list[Allotted]:
    """Give the parts right below: each leads to those below it."""
    return [one for one, level in zip(found.allotted, found.level, strict=True) if level == 1]


def _worded(column: str) -> str:
    return column.replace(".", " ").replace("_", " ")


def _yaml(goals: Sequence[UnitGoal]) -> str:
    lines = (f"  - {{unit: {one.unit}, red_flag: {one.red_flag:g}, goal: {one.goal:g}}}" for one in goals)
    return "\n".join(("targets:", *lines))
