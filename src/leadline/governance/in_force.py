"""Which definitions are computed: what is governed as the ledger says it is in force, the rest as it is written.

A governed definition keeps its meaning although what it stands on is edited: the text beneath it that was published
last is held, and where even that gives another meaning, nothing is computed (`governed-beneath`).
Versions of metrics that count for earlier periods make editions: catalogs of their own, of a few metrics each.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from leadline.catalog import Catalog, build
from leadline.catalog.composition import parts
from leadline.catalog.definitions import Governed, Project, is_governed
from leadline.catalog.documents import Document, recall
from leadline.catalog.graph import upstream
from leadline.catalog.problems import CheckFailed, Problem
from leadline.catalog.validate import validate
from leadline.errors import DefinitionError
from leadline.governance.judging import judgings
from leadline.governance.timelines import Node, Timeline
from leadline.metrics.published import Judging
from leadline.store.entries import DefinitionVersion

BENEATH = frozenset({"project", "fact", "source", "unit", "calendar", "policy", "identity"})
"""Kinds that figures of metrics stand on; an edition has these, and its metrics."""

HELD = frozenset({"fact", "calendar", "policy", "identity"})
"""Kinds whose published text is held where a governed definition stands on them."""


@dataclass(frozen=True)
class Edition:
    """Metrics as they are in force for periods that begin in [since, until), where that is not how they are today.

    `catalog` has them, what they are made of, and what they stand on. A candidate is not in force: it is computed
    beside what is, from `since` on.
    """

    since: date | None
    until: date | None
    metrics: tuple[str, ...]
    versions: Mapping[Node, DefinitionVersion]
    catalog: Catalog
    candidate: bool = False


@dataclass(frozen=True)
class InForce:
    """The definitions that are computed. `versions`: the recorded ones of what is governed (also of what is so from now
    on, as it was published last); `waiting`: what is written, governed, and not in force;
    `held`: what is not governed and still not computed as it is written, for something governed stands on it."""

    catalog: Catalog
    governed: Governed = field(default_factory=dict)
    versions: Mapping[Node, DefinitionVersion] = field(default_factory=dict)
    editions: tuple[Edition, ...] = ()
    waiting: tuple[Node, ...] = ()
    held: tuple[Node, ...] = ()
    timelines: Mapping[Node, Timeline] = field(default_factory=dict)
    judging: tuple[Judging, ...] = ()


@dataclass(frozen=True)
class Known:
    """What the ledger knows: what was done, the versions that this names, and what was published last.

    `published` is None where nothing was: then what is governed is adopted as it is written.
    """

    timelines: Mapping[Node, Timeline]
    versions: Mapping[int, DefinitionVersion]
    published: Mapping[Node, DefinitionVersion] | None


def in_force(
    written: Sequence[Document], root: Path, problems: Iterable[Problem], known: Known, today: date
) -> InForce:
    """Give what is computed on a day. Raises CheckFailed when it cannot be used, DefinitionError when it would mean
    something that nobody applied."""
    return _Resolving(tuple(written), root, tuple(problems), known, today).run()


def documents(version: DefinitionVersion) -> list[Document]:
    """Read a recorded definition. Raises DefinitionError if this version of Leadline cannot."""
    return recall(version.text, Path(version.file), version.line)


def governed_by(written: Sequence[Document], known: Known, today: date) -> Governed:
    """Give what is governed: as the project in force says; before any was, as the one that is written says."""
    project = _project(known, today)
    pieces = documents(project) if project else [d for d in written if d.kind == "project"][:1]
    for piece in pieces:
        found, _ = validate(piece)
        if isinstance(found, Project):
            return found.governed
    return {}


def _project(known: Known, today: date) -> DefinitionVersion | None:
    for (kind, _), timeline in known.timelines.items():
        segment = timeline.now(today) if kind == "project" else None
        if segment is not None and segment.definition is not None:
            return known.versions[segment.definition]
    return None


@dataclass(frozen=True)
class _Resolving:
    written: tuple[Document, ...]
    root: Path
    problems: tuple[Problem, ...]
    known: Known
    today: date

    def run(self) -> InForce:
        governed = governed_by(self.written, self.known, self.today)
        if not any(governed.values()):
            return InForce(self._built(self.written), governed, timelines=self.known.timelines)
        standing, waiting = self._standing(governed)
        texts = [d for d in self.written if _node(d) not in standing and _node(d) not in waiting]
        texts += [d for version in standing.values() for d in documents(version)]
        catalog = build(texts, self.root, self.problems)
        self._refuse(catalog, waiting)
        stretches = self._stretches(catalog, texts)
        held: tuple[Node, ...] = ()
        if moved := list(_moved(catalog, standing, stretches)):
            held, texts = self._held(catalog, texts, governed, moved)
            catalog = build(texts, self.root, self.problems)
            self._refuse(catalog, waiting)
            stretches = self._stretches(catalog, texts)
            if moved := list(_moved(catalog, standing, stretches)):
                raise _beneath(catalog, moved)
        editions = tuple(_editions(catalog, stretches))
        lines, versions = self.known.timelines, self.known.versions
        judging = tuple(judgings(catalog, lines, versions, self.today, self.root))
        return InForce(catalog, governed, standing, editions, waiting, held, lines, judging)

    def _built(self, texts: Sequence[Document]) -> Catalog:
        catalog = build(texts, self.root, self.problems)
        self._refuse(catalog, ())
        return catalog

    def _standing(self, governed: Governed) -> tuple[dict[Node, DefinitionVersion], tuple[Node, ...]]:
        """Give the versions in force of what is governed, and what waits to be, or is gone for good."""
        standing: dict[Node, DefinitionVersion] = {}
        waiting = []
        for node, timeline in self.known.timelines.items():
            segment = timeline.now(self.today)
            if not is_governed(governed, *node):
                continue
            if segment is not None and segment.definition is not None:
                standing[node] = self.known.versions[segment.definition]
            elif node[0] != "project":
                waiting.append(node)
        published = self.known.published
        for node in dict.fromkeys((*map(_node, self.written), *(published or {}))):
            if published is None or node in self.known.timelines or not is_governed(governed, *node):
                continue
            if node[0] == "project":  # it says since when it governs, and is taken as it is written
                continue
            if node in published:
                standing[node] = published[node]
            elif not self._shipped(node):
                waiting.append(node)
        return standing, tuple(waiting)

    def _shipped(self, node: Node) -> bool:
        return all(d.shipped for d in self.written if _node(d) == node)

    def _refuse(self, catalog: Catalog, waiting: Sequence[Node]) -> None:
        """Raise what makes the definitions in force unusable; say so where the written ones are not at fault."""
        errors = [p for p in catalog.problems if p.level == "error"]
        if not errors:
            return
        own = {p.code for p in build(self.written, self.root, self.problems).problems if p.level == "error"}
        if {p.code for p in errors} <= own:
            raise CheckFailed(catalog.problems)
        named = ", ".join(f"{kind} {name}" for kind, name in waiting)
        raise DefinitionError(
            f"What is in force does not fit what is written: {errors[0].message}",
            code="not-in-force",
            place=errors[0].place,
            hint=(f"Governed and not in force yet: {named}. " if named else "")
            + "Apply the plan (`leadline plan`, `leadline apply`), or take back what stands on it.",
        )

    def _stretches(self, catalog: Catalog, texts: Sequence[Document]) -> list["_Stretch"]:
        """Give the definitions of each stretch of days before the last change, and with each candidate."""
        found = []
        bounds = sorted({day for day in self._bounds() if day <= self.today})
        for since, until in zip([None, *bounds], bounds, strict=False):
            then = {node: v for node, v in self._then(since or date.min) if node[1] in catalog.metrics}
            found.append(_Stretch(since, until, then, build(_exchanged(texts, then), self.root)))
        for (kind, name), timeline in sorted(self.known.timelines.items()):
            tried = timeline.candidate
            if (
                kind == "metric"
                and tried is not None
                and tried.definition is not None
                and not tried.is_over(self.today)
                and name in catalog.metrics
            ):
                versions = {(kind, name): self.known.versions[tried.definition]}
                of = build(_exchanged(texts, versions), self.root)
                found.append(_Stretch(tried.since, None, versions, of, name))
        return found

    def _bounds(self) -> Iterator[date]:
        for (kind, _), timeline in self.known.timelines.items():
            if kind == "metric":
                yield from (segment.since for segment in timeline.segments if segment.since)

    def _then(self, day: date) -> Iterator[tuple[Node, DefinitionVersion]]:
        """Give the version of each governed metric for periods that begin on a day."""
        for node, timeline in self.known.timelines.items():
            segment = timeline.at(day)
            if node[0] == "metric" and segment is not None and segment.definition is not None:
                yield node, self.known.versions[segment.definition]

    def _held(
        self, catalog: Catalog, texts: Sequence[Document], governed: Governed, moved: Sequence[str]
    ) -> tuple[tuple[Node, ...], list[Document]]:
        """Put what was published last in the place of what is written beneath governed metrics."""
        published = self.known.published or {}
        beneath: dict[Node, DefinitionVersion] = {}
        for name in moved:
            for one in upstream(catalog, catalog.metrics[name]):
                node = (one.kind, one.name)
                before = published.get(node)
                moved_too = before is not None and before.meaning != catalog.fingerprint(one).meaning
                if before and moved_too and one.kind in HELD and not is_governed(governed, *node):
                    beneath[node] = before
        kinds = {kind for kind in ("calendar", "policy") if any(node[0] == kind for node in published)}
        for node, before in published.items():
            if node[0] in kinds and not is_governed(governed, *node):
                beneath.setdefault(node, before)
        return tuple(beneath), _exchanged(texts, beneath)


@dataclass(frozen=True)
class _Stretch:
    """The definitions for periods that begin in [since, until); or those with one candidate."""

    since: date | None
    until: date | None
    versions: Mapping[Node, DefinitionVersion]
    catalog: Catalog
    candidate: str = ""


def _editions(catalog: Catalog, stretches: Sequence[_Stretch]) -> Iterator[Edition]:
    """Give the editions: of each stretch of days the metrics that were others than today, and candidates."""
    ranges: dict[tuple[date | None, date | None], tuple[set[str], _Stretch]] = {}
    for name in catalog.metrics:
        for one in _ranges(catalog, [s for s in stretches if not s.candidate], name):
            ranges.setdefault((one.since, one.until), (set(), one))[0].add(name)
    for _, (names, one) in sorted(ranges.items(), key=lambda found: str(found[0])):
        yield _edition(one, names)
    yield from (_edition(one, {one.candidate}) for one in stretches if one.candidate)


def _ranges(catalog: Catalog, stretches: Sequence[_Stretch], name: str) -> Iterator[_Stretch]:
    """Give the stretches in which a metric means something else than today, neighbours of one meaning together."""
    now = catalog.fingerprint(catalog.metrics[name]).meaning
    run: _Stretch | None = None
    meaning = now
    for one in stretches:
        metric = one.catalog.metrics.get(name)
        mine = one.catalog.fingerprint(metric).meaning if metric else now
        if run is not None and mine == meaning:
            run = replace(run, until=one.until)
            continue
        if run is not None:
            yield run
        run, meaning = (None, now) if mine == now else (one, mine)
    if run is not None:
        yield run


def _edition(one: _Stretch, names: set[str]) -> Edition:
    """Give an edition of a few metrics: its catalog has these, and those that they are made of."""
    closure = _closure(one.catalog, names)
    texts = [d for d in one.catalog.documents if edition_has(d, closure)]
    mine = {node: version for node, version in one.versions.items() if node[1] in closure}
    catalog = build(texts, one.catalog.root)
    return Edition(one.since, one.until, tuple(sorted(names)), mine, catalog, bool(one.candidate))


def edition_has(document: Document, metrics: Collection[str]) -> bool:
    """Tell whether a document belongs to an edition that is made of some metrics."""
    return document.kind in BENEATH or (document.kind == "metric" and document.data.get("name") in metrics)


def _closure(catalog: Catalog, names: Iterable[str]) -> set[str]:
    found = list(names)
    for name in found:
        if name in catalog.metrics:
            found += [part for part in parts(catalog, catalog.metrics[name]) if part not in found]
    return set(found)


def _moved(
    catalog: Catalog, standing: Mapping[Node, DefinitionVersion], stretches: Sequence[_Stretch]
) -> Iterator[str]:
    """Name the governed metrics that would be computed by a meaning that nobody applied."""
    for of, versions in ((catalog, standing), *((s.catalog, s.versions) for s in stretches)):
        for (kind, name), version in versions.items():
            metric = of.metrics.get(name) if kind == "metric" else None
            if (
                metric is not None
                and of.fingerprint(metric).meaning != version.meaning
                and name in catalog.metrics
            ):
                yield name


def _beneath(catalog: Catalog, moved: Sequence[str]) -> DefinitionError:
    names = ", ".join(dict.fromkeys(moved))
    return DefinitionError(
        f"What governed metrics stand on changed, and they would mean what nobody applied: {names}.",
        code="governed-beneath",
        place=catalog.place(catalog.metrics[moved[0]], "name"),
        hint="`leadline plan` says what changed. Take it back, or apply it by `leadline apply --restating`: facts as "
        "they were before are not kept.",
    )


def _exchanged(texts: Sequence[Document], versions: Mapping[Node, DefinitionVersion]) -> list[Document]:
    """Put recorded versions in the place of documents; what was not there is added."""
    kept = [d for d in texts if _node(d) not in versions]
    return kept + [d for version in versions.values() for d in documents(version)]


def _node(document: Document) -> Node:
    return document.kind, str(document.data.get("name"))
