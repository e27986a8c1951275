"""Goals allocated to units, written into a scorecard's file as targets of theirs, and asked for by a change request.

The rule: what is not written as it was meant is not written at all; the file is read again before anything is asked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from leadline.app.retargeting import At, Wanted, ask_for, edited, elsewhere, places
from leadline.catalog.cascade import named
from leadline.catalog.definitions import Scorecard
from leadline.catalog.documents import Document, parse
from leadline.catalog.weights import measures_of
from leadline.workflow import Item


@dataclass(frozen=True, slots=True)
class UnitGoal:
    """What a unit is asked for; its red flag is as far before its goal as the whole's before the whole's goal."""

    unit: str
    red_flag: float
    goal: float

    @property
    def numbers(self) -> Mapping[str, float]:
        """Give the numbers by field."""
        return {"red_flag": self.red_flag, "goal": self.goal}


def accept_goals(
    root: Path,
    scorecard: str,
    measure: str,
    goals: Sequence[UnitGoal],
    *,
    actor: str,
    now: datetime,
    because: str,
) -> Item:
    """Write goals of units into a scorecard's file, and open the change request for them. Raises: as `ask_for`."""
    change = partial(with_goals, measure=measure, goals=goals)
    return ask_for(root, scorecard, measure, change, actor=actor, now=now, because=because)


def with_goals(
    card: Scorecard, document: Document, text: str, measure: str, goals: Sequence[UnitGoal]
) -> str:
    """Give a file's text with goals of units: in the place of those that stand there, or beside them.

    Raises:
        GovernanceError: the scorecard does not write this measure itself, or in a way that is not understood.
    """
    for one in goals:
        known = {(name, unit) for name, unit, where, _ in places(card) if not where}
        if (measure, None) not in known:
            raise elsewhere(card, measure)
        if (measure, one.unit) in known:
            wanted = Wanted(card.name, measure, {**one.numbers}, one.unit)
            text = edited(card, document, text, wanted)
        else:
            text = _beside(card, document, text, measure, one)
        card, document = _again(card, document, text)
        if (one.red_flag, one.goal) != _written(card, measure, one.unit):
            raise elsewhere(card, measure)
    return text


def _written(card: Scorecard, measure: str, unit: str) -> tuple[float, float] | None:
    """Give red flag and goal as a scorecard writes them for a unit."""
    for each in measures_of(card):
        for own in each.targets if named(each) == measure else ():
            if own.unit == unit and not own.where and own.from_ is None:
                return own.red_flag, own.goal
    return None


def _beside(card: Scorecard, document: Document, text: str, measure: str, one: UnitGoal) -> str:
    """Write a target where none is yet: first in the measure's list, or with a list of its own."""
    at = next(
        path for name, unit, where, path in places(card) if (name, unit, dict(where)) == (measure, None, {})
    )
    made = f"{{unit: {one.unit}, red_flag: {one.red_flag:g}, goal: {one.goal:g}}}"
    lines = text.split("\n")
    if document.value(*at, "targets"):
        place = document.place(*at, "targets", key=True)
        line, column = place.line - 1, place.column - 1 + len("targets:")
        opening = re.match(r"\s*\[", lines[line][column:])
        if opening is not None:
            end = column + opening.end()
            lines[line] = f"{lines[line][:end]}{made}, {lines[line][end:]}"
        else:
            first = document.place(*at, "targets", 0, "goal", key=True)
            nth = next((n for n in range(line + 1, first.line) if lines[n].lstrip().startswith("- ")), None)
            if nth is None:
                raise elsewhere(card, measure)
            margin = lines[nth][: len(lines[nth]) - len(lines[nth].lstrip())]
            lines.insert(nth, f"{margin}- {made}")
        return "\n".join(lines)
    return _with_list(document, lines, at, made)


def _with_list(document: Document, lines: list[str], at: At, made: str) -> str:
    """Write the key `targets` behind the measure's goal: on the same line within braces, else on the next."""
    key, value = document.place(*at, "goal", key=True), document.place(*at, "goal")
    line = lines[value.line - 1]
    number = re.match(r"[-+.\w]+", line[value.column - 1 :])
    end = value.column - 1 + (number.end() if number else 0)
    if re.match(r"\s*[,}]", line[end:]):
        lines[value.line - 1] = f"{line[:end]}, targets: [{made}]{line[end:]}"
    else:
        lines.insert(value.line, f"{' ' * (key.column - 1)}targets: [{made}]")
    return "\n".join(lines)


def _again(card: Scorecard, document: Document, text: str) -> tuple[Scorecard, Document]:
    """Read the edited text, so that the next edit finds its places."""
    found, _ = parse(text, document.file)
    again = next(
        (one for one in found if one.kind == "scorecard" and one.data.get("name") == card.name), None
    )
    if again is None:
        raise elsewhere(card, card.name)
    data = {key: value for key, value in again.data.items() if key != "kind"}
    return Scorecard.model_validate({**data, "kind": "scorecard"}), again
