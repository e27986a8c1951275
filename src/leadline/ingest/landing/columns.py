"""The columns of landed records over time: what is new, gone or of another type is noted and told, never guessed at."""

from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from leadline.ingest.landing.manifest import Drift, Manifest, What
from leadline.ingest.sources.parquet import raw_type
from leadline.ingest.sources.reading import RawType

ENOUGH = 100
"""A JSON key that none of so many records has is told as gone; a column of a table at once."""


@dataclass(slots=True)
class Columns:
    """The columns so far. The first run tells nothing: everything is new."""

    types: dict[str, RawType]
    absent: dict[str, None]
    first: bool
    met: set[str] = field(default_factory=set)
    explicit: bool = False
    _found: list[tuple[str, What, str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, manifest: Manifest) -> "Columns":
        """Begin with what a manifest knows."""
        return cls(dict(manifest.columns), dict.fromkeys(manifest.absent), not manifest.runs)

    def meet(self, table: pa.Table, *, explicit: bool) -> None:
        """See the columns of some records; `explicit` where they are a table's, which a record cannot lack."""
        self.explicit = self.explicit or explicit
        for column in table.schema:
            name, kind = column.name, raw_type(column.type)
            known = self.types.get(name)
            self.met.add(name)
            if known is None:
                self.types[name] = kind
                self._tell(name, "new", "", kind)
            elif (now := _wider(known, kind)) != known:
                self.types[name] = now
                self._tell(name, "retyped", known, now)
            if name in self.absent:
                del self.absent[name]
                self._tell(name, "back", "", "")

    def finish(self, records: int) -> None:
        """End a run: what was not met is gone, if enough was seen to say so."""
        if not self.explicit and records < ENOUGH:
            return
        for name in self.types:
            if name not in self.met and name not in self.absent:
                self.absent[name] = None
                self._tell(name, "gone", "", "")

    def told(self, now: datetime) -> tuple[Drift, ...]:
        """Give the changes that were not told yet."""
        found, self._found = self._found, []
        return tuple(Drift(now.isoformat(), *one) for one in found)

    def _tell(self, name: str, what: What, before: str, now: str) -> None:
        if not self.first:
            self._found.append((name, what, before, now))


def _wider(known: RawType, kind: RawType) -> RawType:
    """Give the type as which both are read."""
    if known == kind:
        return known
    return "number" if {known, kind} == {"integer", "number"} else "text"
