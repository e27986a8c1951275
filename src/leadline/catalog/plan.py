"""What would change if the working definitions came into force: a frozen plan, bound by its hash. Pure: no store.

Two catalogs are compared: what is in force, and what is written. `Plan.hash` covers every change (kind, name, meaning
and metadata before and after) and how it is to take effect; any edit of what is compared gives another hash.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from leadline.catalog import breaking
from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Conversion, Definition, MetricBase, RowMetric, Scorecard, is_governed
from leadline.catalog.differences import KeyChange, differences, flat
from leadline.catalog.fingerprint import Fingerprint, digest
from leadline.catalog.graph import Node, downstream, upstream
from leadline.errors import DefinitionError

Mode = Literal["from_now", "from_period", "restating"]
What = Literal["added", "meaning", "words", "removed"]


@dataclass(frozen=True, slots=True)
class Effective:
    """From when on a change counts.

    `from_now`: periods that begin on the day of the application or later; `from_period`: those that begin on `since`
    or later; `restating`: all periods, also those that were published. A period is of one version, whole.
    """

    mode: Mode = "from_now"
    since: date | None = None

    def __post_init__(self) -> None:
        """Refuse a day that is missing, or one that means nothing."""
        if (self.mode == "from_period") != (self.since is not None):
            raise DefinitionError(
                "From a period on needs the first day of that period; nothing else takes one.",
                code="plan-effective", hint="Say --from 2026-07-01, --from-now or --restating.",
            )  # fmt: skip

    def __str__(self) -> str:
        """Say it in words."""
        if self.mode == "from_period":
            return f"for periods that begin on {self.since} or later"
        return "for periods that begin from now on" if self.mode == "from_now" else "restating all periods"


@dataclass(frozen=True, slots=True)
class Dependant:
    """What stands on a changed definition."""

    kind: str
    name: str
    title: str
    owner: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one definition.

    `what`: added, removed, `meaning` (figures may change) or `words` (only described otherwise). `keys` are the keys of
    its own text that differ; `beneath` says what else its meaning stands on that differs, by name. `breaking` gives
    reasons; a removal is always one. `renamed_to` names an added definition that says the same as a removed one.
    """

    kind: str
    name: str
    title: str
    what: What
    before: Fingerprint | None
    after: Fingerprint | None
    owner: str | None
    former_owner: str | None
    governed: bool
    keys: tuple[KeyChange, ...] = ()
    beneath: tuple[str, ...] = ()
    breaking: tuple[str, ...] = ()
    dependants: tuple[Dependant, ...] = ()
    renamed_to: str | None = None

    @property
    def label(self) -> str:
        """Name it with its kind."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Every change, and how it takes effect."""

    changes: tuple[Change, ...]
    effective: Effective = Effective()

    @property
    def hash(self) -> str:
        """SHA-256, in hexadecimal, of what changes and how it takes effect."""
        return plan_hash(self.changes, self.effective)

    @property
    def governed(self) -> tuple[Change, ...]:
        """Give the changes that come into force by an application only."""
        return tuple(change for change in self.changes if change.governed)

    @property
    def to_apply(self) -> "Plan":
        """Give the governed part alone: what an application, and an approval, is bound to."""
        return replace(self, changes=self.governed)

    @property
    def breaking(self) -> bool:
        """Whether any change breaks what relies on it."""
        return any(change.breaking for change in self.changes)

    @property
    def owners(self) -> dict[str, tuple[str, ...]]:
        """Give who owns what is changed or stands on it, each with what is theirs, by name; "" where nobody does."""
        found: dict[str, set[str]] = {}
        for change in self.changes:
            for owner in ({change.owner, change.former_owner} - {None}) or {""}:
                found.setdefault(str(owner), set()).add(change.label)
            for one in change.dependants:
                found.setdefault(one.owner or "", set()).add(f"{one.kind} {one.name}")
        return {owner: tuple(sorted(theirs)) for owner, theirs in sorted(found.items())}

    def of(self, kind: str, name: str) -> Change | None:
        """Give what happens to one definition."""
        return next((c for c in self.changes if (c.kind, c.name) == (kind, name)), None)

    def as_dict(self) -> dict[str, Any]:
        """Give the plan as JSON can say it."""
        since = self.effective.since
        return {
            "hash": self.hash,
            "to_apply": self.to_apply.hash if self.governed else None,
            "breaking": self.breaking,
            "effective": {"mode": self.effective.mode, "since": since.isoformat() if since else None},
            "changes": [_said(change) for change in self.changes],
            "owners": {owner: list(theirs) for owner, theirs in self.owners.items()},
        }


def plan(in_force: Catalog, working: Catalog, effective: Effective | None = None) -> Plan:
    """Compare what is in force with what is written."""
    before = {(d.kind, d.name): d for d in in_force.definitions()}
    after = {(d.kind, d.name): d for d in working.definitions()}
    compared = _Compared(in_force, working)
    found = []
    for node in dict.fromkeys((*before, *after)):
        change = compared.change(before.get(node), after.get(node))
        if change is not None:
            found.append(change)
    return Plan(tuple(_renamed(compared, found)), effective or Effective())


def plan_hash(changes: Iterable[Change], effective: Effective) -> str:
    """Give the hash of changes with the way in which they take effect."""
    said = [[c.kind, c.name, _prints(c.before), _prints(c.after)] for c in changes]
    since = effective.since.isoformat() if effective.since else None
    return digest([sorted(said, key=str), effective.mode, since])


def _prints(one: Fingerprint | None) -> Any:
    return [one.meaning, one.metadata] if one else None


@dataclass(frozen=True, slots=True)
class _Compared:
    """Two catalogs, side by side."""

    in_force: Catalog
    working: Catalog

    def change(self, before: Definition | None, after: Definition | None) -> Change | None:
        was = self.in_force.fingerprint(before) if before else None
        now = self.working.fingerprint(after) if after else None
        one = after or before
        if one is None or was == now:
            return None
        sides = (self.in_force, before) if before else None, (self.working, after) if after else None
        keys = differences(*sides) if before and after else ()
        changed = was is not None and now is not None and was.meaning != now.meaning
        return Change(
            kind=one.kind,
            name=one.name,
            title=one.label,
            what="added" if was is None else "removed" if now is None else "meaning" if changed else "words",
            before=was,
            after=now,
            owner=after.owner if after else None,
            former_owner=before.owner if before else None,
            governed=any(is_governed(c.project.governed, one.kind, one.name) for c in self.both),
            keys=keys,
            beneath=tuple(self._beneath(before, after)) if changed and before and after else (),
            breaking=self._breaking(before, after),
            dependants=tuple(self._dependants(one)) if before is not None and was != now else (),
        )

    @property
    def both(self) -> tuple[Catalog, Catalog]:
        return self.in_force, self.working

    def _breaking(self, before: Definition | None, after: Definition | None) -> tuple[str, ...]:
        if before is None:
            return ()
        if after is None:
            return ("it is gone",)
        return breaking.reasons((self.in_force, before), (self.working, after))

    def _beneath(self, before: Definition, after: Definition) -> Iterator[str]:
        """Say what a definition stands on that is another now."""
        was = dict(_parts(before, self.in_force.fingerprints.under(before)))
        now = dict(_parts(after, self.working.fingerprints.under(after)))
        moved = self._facts_moved(before, after)
        for label in dict.fromkeys((*was, *now)):
            one, other = was.get(label, {}), now.get(label, {})
            paths = [p for p in dict.fromkeys((*one, *other)) if one.get(p) != other.get(p)]
            if (
                isinstance(before, MetricBase) and not moved
            ):  # a column that is named now, or no longer, is in the definition's own text
                paths = [p for p in paths if p in one and p in other]
            if paths == [""]:
                yield label  # its own line of the plan says what changed in it
            elif paths:
                told = (f"{p} {one.get(p, 'nothing')} → {other.get(p, 'nothing')}".strip() for p in paths)
                yield f"{label}: {'; '.join(told)}"

    def _facts_moved(self, before: Definition, after: Definition) -> bool:
        """Tell whether any fact that a definition stands on, before or after, means something else now."""
        facts = {
            d.name
            for d in (*upstream(self.in_force, before), *upstream(self.working, after))
            if d.kind == "fact"
        }
        return any(
            name not in self.in_force.facts
            or name not in self.working.facts
            or self.in_force.fingerprint(self.in_force.facts[name]).meaning
            != self.working.fingerprint(self.working.facts[name]).meaning
            for name in facts
        )

    def _dependants(self, one: Definition) -> Iterator[Dependant]:
        """Give what stands on a definition, in force or as written, the nearest first; objectives by their measures."""
        found: dict[Node, Definition] = {}
        for catalog in self.both:
            mine = next((d for d in catalog.definitions() if (d.kind, d.name) == (one.kind, one.name)), None)
            for other in downstream(catalog, mine) if mine else ():
                found[other.kind, other.name] = other
            for other in _objectives(catalog, one, found.values()):
                found.setdefault((other.kind, other.name), other)
        for other in found.values():
            yield Dependant(other.kind, other.name, other.label, other.owner)


def _objectives(catalog: Catalog, one: Definition, above: Iterable[Definition]) -> list[Definition]:
    """Give the objectives that are measured by a metric, or by one that stands on it."""
    measured = {d.name for d in (one, *above) if isinstance(d, MetricBase)}
    places = (
        objective
        for scorecard in catalog.scorecards.values()
        for perspective in scorecard.perspectives
        for objective in perspective.objectives
    )
    named = {p.objective for p in places if any(m.metric in measured for m in p.measures)}
    return [catalog.objectives[name] for name in sorted(named) if name in catalog.objectives]


def _parts(definition: Definition, beneath: Any) -> Iterator[tuple[str, dict[str, str]]]:
    """Give what a definition's meaning covers beside its text, by what it is called."""
    if beneath is None:
        return
    if isinstance(definition, RowMetric):
        later = definition.followed_by.fact if isinstance(definition, Conversion) else ""
        labels = [f"fact {definition.of}", "time zones", "the calendar", f"fact {later} (that follows)"]
        labels += ["exchange rates or rights"] * (len(beneath) - len(labels))
        for place, (label, part) in enumerate(zip(labels, beneath, strict=True)):
            yield (label if place < 4 else f"{label} {place - 3}"), dict(flat(part))
    elif isinstance(definition, MetricBase):
        yield from ((f"metric {name}", {"": meaning}) for name, meaning in beneath[0].items())
        yield "the calendar", dict(flat(beneath[1]))
    elif isinstance(definition, Scorecard) or (isinstance(beneath, dict) and "columns" not in beneath):
        for name, meaning in beneath.items():  # of an incentive the names bear their kinds already
            yield (name if " " in name else f"metric {name}"), {"": str(meaning)}
    else:
        yield "what it reads", dict(flat(beneath))


def _renamed(compared: _Compared, changes: list[Change]) -> Iterator[Change]:
    """Name the added definition that says what a removed one said."""
    before = {(d.kind, d.name): d for d in compared.in_force.definitions()}
    after = {(d.kind, d.name): d for d in compared.working.definitions()}
    added = [after[c.kind, c.name] for c in changes if c.what == "added"]
    for change in changes:
        old = before.get((change.kind, change.name))
        twin = None
        if change.what == "removed" and old is not None:
            same = (new for new in added if new.kind == old.kind and _alike(compared, old, new))
            twin = next(same, None)
        yield _with(change, twin.name) if twin else change


def _alike(compared: _Compared, old: Definition, new: Definition) -> bool:
    """Tell whether two definitions differ by their names, and what describes them, alone."""
    found = differences((compared.in_force, old), (compared.working, new))
    return all(key.described or key.path == "name" for key in found)


def _with(change: Change, twin: str) -> Change:
    values: Mapping[str, Any] = {name: getattr(change, name) for name in Change.__slots__}
    return Change(**{**values, "renamed_to": twin, "breaking": (f"it is called {twin} now",)})


def _said(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "name": change.name,
        "title": change.title,
        "what": change.what,
        "governed": change.governed,
        "breaking": list(change.breaking),
        "owner": change.owner,
        "former_owner": change.former_owner,
        "renamed_to": change.renamed_to,
        "keys": [
            {"path": k.path, "before": k.before, "after": k.after, "described": k.described}
            for k in change.keys
        ],
        "beneath": list(change.beneath),
        "dependants": [
            {"kind": d.kind, "name": d.name, "title": d.title, "owner": d.owner} for d in change.dependants
        ],
        "before": change.before.meaning if change.before else None,
        "after": change.after.meaning if change.after else None,
    }
