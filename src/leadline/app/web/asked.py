"""What a URL asks for. Every part is optional, short text; the rooms below say what does not exist."""

import re
from dataclasses import dataclass, fields, replace

from starlette.requests import Request

LONGEST = 200
_NUMBER = re.compile(r"^[a-z][a-z0-9_]{0,62}(@[a-z][a-z0-9_]{0,62})?\.[a-z_]{1,20}$")


@dataclass(frozen=True, slots=True)
class Asked:
    """The query of a URL. An empty part counts as not given."""

    period: str | None = None
    grain: str | None = None
    unit: str | None = None
    slice: str | None = None
    metric: str | None = None
    q: str | None = None
    kind: str | None = None
    direction: str | None = None
    severity: str | None = None
    reason: str | None = None
    left: str | None = None
    right: str | None = None
    cursor: str | None = None
    limit: str | None = None
    actor: str | None = None
    verb: str | None = None
    since: str | None = None
    until: str | None = None
    state: str | None = None
    person: str | None = None
    workflow: str | None = None
    figure: str | None = None
    finding: str | None = None
    definition: str | None = None
    source: str | None = None
    old: str | None = None
    new: str | None = None
    anchor: str | None = None
    view: str | None = None

    numbers: tuple[tuple[str, str], ...] = ()
    """What was put into fields that are named after a part of a scorecard: `nps.goal`."""

    @classmethod
    def of(cls, request: Request) -> "Asked":
        """Read a request's query; parts that no page knows are left alone."""
        given = request.query_params
        parts = {
            f.name: given.get(f.name, "").strip()[:LONGEST] or None
            for f in fields(cls)
            if f.name != "numbers"
        }
        numbers = (
            (name, text.strip()[:LONGEST]) for name, text in given.multi_items() if _NUMBER.match(name)
        )
        return cls(**parts, numbers=tuple(numbers)[:LONGEST])

    def within(self, seen: tuple[str, ...] | None) -> "Asked":
        """Give what is asked by somebody who sees only some units: of the first of those, where none is named."""
        return self if seen is None or not seen or self.unit is not None else replace(self, unit=seen[0])
