"""What is in force follows from deeds, in their order: which version of a definition counts for which periods.

A period is of the version that is in force for the day on which it begins, whole: no figure mixes two.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from leadline.store.effective import DeedDone

Node = tuple[str, str]
"""Kind and name."""

Stage = Literal["in force", "deprecated", "sunset", "retired"]
STAGES: tuple[Stage, ...] = ("in force", "deprecated", "sunset", "retired")
"""The life of a definition, in order. `deprecated`: computed, and whoever uses it is told; `sunset`: it
may be retired from a day on; `retired`: no longer computed, kept in the archive."""

_ENDS: Mapping[str, Stage] = {"deprecate": "deprecated", "sunset": "sunset", "retire": "retired"}


@dataclass(frozen=True, slots=True)
class Segment:
    """From the first day of which periods on a version counts (None: all before), and which; None: none any more."""

    since: date | None
    definition: int | None
    deed: int
    """The deed that brought it."""
    until: date | None = None
    """Of a candidate, the day on which it ends by itself."""

    def is_over(self, today: date) -> bool:
        """Tell whether a candidate has ended by itself."""
        return self.until is not None and self.until <= today


@dataclass(frozen=True, slots=True)
class Timeline:
    """A definition's versions in force, by day; what is tried beside them; and how far its end is."""

    segments: tuple[Segment, ...] = ()
    candidate: Segment | None = None
    stage: Stage = "in force"
    ends: date | None = None
    """Of a sunset, the day from which it may be retired; of a retirement, the first day on which it is gone."""
    replaced_by: str = ""

    def at(self, day: date) -> Segment | None:
        """Give what is in force for periods that begin on a day; None when nothing is (or nothing any more)."""
        found = [s for s in self.segments if s.since is None or s.since <= day]
        return found[-1] if found and found[-1].definition is not None else None

    def now(self, today: date) -> Segment | None:
        """Give what is in force today: as `at`, unless the definition is retired."""
        return None if self.is_gone(today) else self.at(today)

    def is_gone(self, today: date) -> bool:
        """Tell whether the definition is retired; a sunset that has passed retires nothing by itself."""
        return self.stage == "retired" and (self.ends is None or self.ends <= today)

    def until(self, segment: Segment) -> date | None:
        """Give the day on which another version takes a segment's place."""
        place = self.segments.index(segment)
        return self.segments[place + 1].since if place + 1 < len(self.segments) else None


def timeline(deeds: Iterable[DeedDone]) -> Timeline:
    """Give what follows from the deeds on one definition, in their order."""
    found = Timeline()
    for deed in deeds:
        found = _after(found, deed)
    return found


def timelines(deeds: Iterable[DeedDone]) -> dict[Node, Timeline]:
    """Give the timeline of each definition that anything was done to."""
    by_node: dict[Node, list[DeedDone]] = {}
    for deed in deeds:
        by_node.setdefault((deed.kind, deed.name), []).append(deed)
    return {node: timeline(mine) for node, mine in by_node.items()}


UNTIL = "until "


def _until(mode: str) -> date | None:
    """Read until when a candidate is computed; None: until it is applied or withdrawn."""
    return date.fromisoformat(mode.removeprefix(UNTIL)) if mode.startswith(UNTIL) else None


def _after(before: Timeline, deed: DeedDone) -> Timeline:
    new = Segment(deed.since, deed.definition, deed.id)
    match deed.deed:
        case "adopt":
            return Timeline((new,))
        case "apply" if deed.mode == "words" and before.segments:
            last = replace(before.segments[-1], definition=deed.definition, deed=deed.id)
            return replace(before, segments=(*before.segments[:-1], last))
        case "apply":
            kept = [s for s in before.segments if deed.since and (s.since is None or s.since < deed.since)]
            return Timeline((*kept, new))
        case "try":
            return replace(before, candidate=replace(new, until=_until(deed.mode)))
        case "withdraw":
            return replace(before, candidate=None)
        case "deprecate" | "sunset" | "retire":
            named = deed.replaced_by or before.replaced_by
            return replace(before, stage=_ENDS[deed.deed], ends=deed.since, replaced_by=named)
        case "keep":
            return replace(before, stage="in force", ends=None, replaced_by="")
