"""A proposed target accepted: written into the scorecard's file, and asked for by a change request with its back-test.

The rule: nothing is in force by it. Where anything fails, the file is as it was before.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from leadline.app.approving import opened
from leadline.app.planning import planned
from leadline.app.wiring import Workspace, workspace
from leadline.catalog import Catalog, load, require
from leadline.catalog.cascade import named
from leadline.catalog.definitions import Scorecard
from leadline.catalog.definitions.governed import is_governed
from leadline.catalog.documents import Document
from leadline.catalog.plan import Effective
from leadline.clock import FixedClock
from leadline.errors import GovernanceError, suggest
from leadline.workflow import Item

FIELDS = ("red_flag", "goal", "stretch")
_NUMBER = re.compile(r"[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
At = tuple[str | int, ...]
Change = Callable[[Scorecard, Document, str], str]
"""Gives a scorecard's file with something else in it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Targets to be asked for: on which scorecard, of which measure (`csat`, `churn_rate@uki`), for which unit and
    segment where these have targets of their own there; and the numbers by field."""

    scorecard: str
    measure: str
    numbers: Mapping[str, float]
    unit: str | None = None
    where: Mapping[str, str] | None = None


def places(card: Scorecard) -> Iterator[tuple[str, str | None, Mapping[str, str], At]]:
    """Give where a scorecard's file writes targets: measure, unit and segment of their own, and the path."""
    if card.template is not None:
        for nth, one in enumerate(card.adapts):
            if one.goal is not None and one.red_flag is not None:
                yield one.measure, None, {}, ("adapts", nth)
        return
    for p, perspective in enumerate(card.perspectives):
        for o, objective in enumerate(perspective.objectives):
            for m, measure in enumerate(objective.measures):
                at: At = ("perspectives", p, "objectives", o, "measures", m)
                if measure.score == "goal_red_flag" and measure.goal is not None:
                    yield named(measure), None, {}, at
                for t, own in enumerate(measure.targets):
                    if own.from_ is None:
                        yield named(measure), own.unit, own.where, (*at, "targets", t)


def accept(root: Path, wanted: Wanted, *, actor: str, now: datetime, because: str) -> Item:
    """Write targets into a scorecard's file and open the change request for them, its back-test attached.

    Raises: as `ask_for`.
    """
    change = partial(edited, wanted=wanted)
    return ask_for(root, wanted.scorecard, wanted.measure, change, actor=actor, now=now, because=because)


def ask_for(
    root: Path, scorecard: str, measure: str, change: Change, *, actor: str, now: datetime, because: str
) -> Item:
    """Change a scorecard's file and open the change request for that, its back-test attached.

    Raises:
        GovernanceError: the scorecard is not governed, changes already, or does not write these targets itself.
        DefinitionError, CheckFailed: the numbers give no scale. WorkError: the reason is missing.
    """
    with workspace(root, actor=actor, clock=FixedClock(now)) as space:
        working = require(load(space.root))
        card = working.scorecards.get(scorecard)
        if card is None:
            raise GovernanceError(
                f"There is no scorecard {scorecard!r}.", code="unknown-scorecard",
                hint=suggest(scorecard, working.scorecards),
            )  # fmt: skip
        _refuse(space, working, card)
        document = working.documents_of["scorecard", card.name][0]
        file = space.root / document.file
        before = file.read_bytes()
        _write(file, change(card, document, before.decode("utf-8")).encode("utf-8"))
        try:
            require(load(space.root))
            title = f"Targets of {working.metrics[measure.partition('@')[0]].label}, {card.label}"
            return opened(
                space,
                Effective("from_now"),
                only=[("scorecard", card.name)],
                because=because,
                title=title[:200],
            )
        except BaseException:
            _write(file, before)
            raise


def edited(card: Scorecard, document: Document, text: str, wanted: Wanted) -> str:
    """Give a file's text with other numbers in their places; everything else in it stays as it is."""
    mine = (wanted.measure, wanted.unit, dict(wanted.where or {}))
    at = next((path for name, unit, where, path in places(card) if (name, unit, dict(where)) == mine), None)
    if at is None:
        raise elsewhere(card, wanted.measure)
    lines = text.split("\n")
    for field, number in sorted(wanted.numbers.items()):
        if document.value(*at, field) is None:
            continue  # a stretch that is not written is as far beyond the goal as the red flag is before it
        place = document.place(*at, field)
        line = lines[place.line - 1]
        found = _NUMBER.match(line, place.column - 1)
        if found is None:
            raise GovernanceError(
                f"{place} is no plain number.", code="target-elsewhere", hint="Change the file by hand."
            )
        lines[place.line - 1] = f"{line[: found.start()]}{number:g}{line[found.end() :]}"
    return "\n".join(lines)


def elsewhere(card: Scorecard, measure: str) -> GovernanceError:
    """Give the refusal to write targets where a scorecard's file has no place for them."""
    return GovernanceError(
        f"{card.name!r} does not write targets for {measure!r} of its own.", code="target-elsewhere",
        hint="Write them into the scorecard's file: `targets: [{unit: …, red_flag: …, goal: …}]`.",
    )  # fmt: skip


def _refuse(space: Workspace, working: Catalog, card: Scorecard) -> None:
    if not is_governed(working.project.governed, "scorecard", card.name):
        raise GovernanceError(
            f"{card.name!r} is not governed, so no request can be asked for its targets.", code="target-ungoverned",
            hint=f"Write `governed: {{scorecards: [{card.name}]}}` into the project, or change the file by hand.",
        )  # fmt: skip
    if any(
        (one.kind, one.name) == ("scorecard", card.name) for one in planned(space, working=working).changes
    ):
        raise GovernanceError(
            f"{card.name!r} is being changed already.", code="target-in-flight",
            hint="See `leadline plan`: let that change be decided first, or add to it.",
        )  # fmt: skip


def _write(file: Path, content: bytes) -> None:
    """Put a file in the place of another, whole or not at all."""
    made = file.with_name(f".{file.name}.writing")
    try:
        made.write_bytes(content)
        made.replace(file)
    except OSError as error:
        made.unlink(missing_ok=True)
        raise GovernanceError(
            f"{file.name} cannot be written: {error.strerror}.", code="target-unwritten",
            hint="Let the server write into the project's folder, or change the file by hand.",
        ) from error  # fmt: skip
