"""The life of definitions as readers of figures see it: versions that take effect, emergencies, the end.

All of it follows from deeds, which are only added: what was once put into force without approval says so for ever.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from leadline.governance.timelines import Node, Timeline, timeline, timelines
from leadline.metrics.marks import Emergency, Ending
from leadline.store.effective import DeedDone
from leadline.store.entries import DefinitionVersion
from leadline.store.ledger_reader import LedgerReader

EMERGENCY = "(emergency)"


@dataclass(frozen=True, slots=True)
class Taken:
    """A version that took effect: for periods that begin on a day or later (None: all), and by which deed."""

    version: DefinitionVersion
    since: date | None
    deed: DeedDone

    @property
    def in_emergency(self) -> bool:
        """Whether nobody had approved it."""
        return self.deed.request.endswith(EMERGENCY)


@dataclass(frozen=True, slots=True)
class Life:
    """The life of one definition: which versions were ever in force, which are for which periods, how far its end is.

    `versions` are those whose figures were published, the oldest first: a candidate that was withdrawn is none.
    """

    node: Node
    timeline: Timeline
    versions: tuple[DefinitionVersion, ...]
    taken: tuple[Taken, ...]
    """Those that are in force for some periods, the earliest first; of a definition that nobody governs, none."""
    deeds: tuple[DeedDone, ...]

    @property
    def emergencies(self) -> tuple[DeedDone, ...]:
        """The deeds that nobody had approved, the oldest first."""
        return tuple(deed for deed in self.deeds if deed.request.endswith(EMERGENCY))

    def number(self, definition: int | None) -> str:
        """Give the number of a version that was in force, by its place in the ledger."""
        return next((str(v.version) for v in self.versions if v.id == definition), "")


def life(reader: LedgerReader, kind: str, name: str) -> Life:
    """Give the life of a definition; an empty one where the ledger has never seen it."""
    deeds = reader.effective.deeds(kind, name)
    versions = reader.versions(kind, name)
    line = timeline(deeds)
    known = {v.id: v for v in versions}
    by_id = {deed.id: deed for deed in deeds}
    taken = tuple(
        Taken(known[s.definition], s.since, by_id[s.deed]) for s in line.segments if s.definition in known
    )
    return Life((kind, name), line, tuple(ever_in_force(versions, deeds)), taken, tuple(deeds))


def ever_in_force(
    versions: Sequence[DefinitionVersion], deeds: Sequence[DeedDone]
) -> list[DefinitionVersion]:
    """Leave out versions that were only tried: what is governed is in force by a deed, and was before the first one as
    it was published."""
    brought = {deed.definition for deed in deeds if deed.deed in {"adopt", "apply"}}
    first = min((one for one in brought if one is not None), default=None)
    return [v for v in versions if first is None or v.id in brought or v.id < first]


def endings(deeds: Iterable[DeedDone]) -> list[Ending]:
    """Give the metrics whose end has begun, from deeds on metrics."""
    return [
        Ending(name, line.stage, line.ends, line.replaced_by)
        for (_, name), line in timelines(deeds).items()
        if line.stage in {"deprecated", "sunset"}
    ]


def emergencies(reader: LedgerReader, deeds: Iterable[DeedDone]) -> list[Emergency]:
    """Give the versions of metrics that were put into force without approval."""
    hasty = [
        deed for deed in deeds
        if deed.request.endswith(EMERGENCY) and deed.definition is not None and deed.mode != "words"
    ]  # fmt: skip
    if not hasty:
        return []
    known = {
        v.id: v for v in reader.effective.definitions(sorted({d.definition for d in hasty if d.definition}))
    }
    return [Emergency(d.name, known[d.definition].version, d.request) for d in hasty if d.definition in known]
