"""A refresh: ingest, derived facts, states, evaluation, findings; published in one transaction or not at all.

A kill at any moment leaves the last generation readable: what was written so far is named by nothing, and is used by
the next refresh or swept.
"""

import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from leadline.app import trust
from leadline.app.editions import restated, with_editions, with_judging
from leadline.app.excluding import detecting
from leadline.app.identities import resolved
from leadline.app.wiring import Workspace, open_published
from leadline.catalog import Catalog
from leadline.catalog.definitions import is_governed
from leadline.clock import Clock
from leadline.errors import NothingPublished
from leadline.governance.apply import described
from leadline.governance.figure_marks import marks
from leadline.governance.in_force import Edition, InForce
from leadline.governance.trying import with_comparisons
from leadline.ingest.derived import derive
from leadline.ingest.freshness import require_fresh
from leadline.ingest.landing.fetch import Fetched, Fetching, fetch
from leadline.ingest.left_out import FINDERS, Rows, left_out
from leadline.ingest.result import IngestResult, Step
from leadline.ingest.runs import ingest
from leadline.ingest.survey import largest
from leadline.insights import links
from leadline.insights.agreeing import agreeing
from leadline.insights.detect import detect
from leadline.insights.reconciliations import Reconciled, reconciliations
from leadline.metrics.facts import Facts
from leadline.metrics.left_out import LeftOut
from leadline.metrics.published import Published
from leadline.metrics.states import build, live_relations, people
from leadline.scorecards.restating import restatements
from leadline.secret import Secrets
from leadline.store.effective import NewDeed
from leadline.store.entries import (
    DefinitionVersion,
    Generation,
    NewFinding,
    generation_id,
)
from leadline.store.lock import writing
from leadline.store.moving import move
from leadline.store.staging import Staging
from leadline.store.sweep import sweep

Show = Callable[[str, str, int, int], None]
"""Told the stage, what of it is being done, how much is done, and of how much."""

AT_ONCE = 4
"""Files of so many facts are loaded side by side, if there are as many cores: more would leave each little memory."""

IN_MEMORY = 200_000_000
"""Files up to this size are worked on in memory, larger ones in a file: slower, and of any size."""


@dataclass(frozen=True, slots=True)
class RefreshResult:
    """What a refresh did and published."""

    ingested: IngestResult
    generation: str
    as_of: datetime
    findings: tuple[NewFinding, ...]
    metrics: int
    fetched: tuple[Fetched, ...] = ()


def refresh(space: Workspace, clock: Clock, show: Show) -> RefreshResult:
    """Bring everything up to date and publish it. Raises LeadlineError; then the last generation stays in force."""
    with writing(space.home, "refresh", clock):
        ruling = space.in_force(clock.now())
        catalog = ruling.catalog
        fetched = fetch_records(space, catalog, clock, show)
        ingested = load_files(space, catalog, clock, show)
        require_fresh(ingested.freshness)
        published, compared = _evaluated(space, ruling, ingested, clock, show)
        show("findings", "", 0, 1)
        published = _with_links(published, viewer=space.actor)
        findings = detect(published, viewer=space.actor, compared=compared)
        show("findings", f"{len(findings)} found", 1, 1)
        with space.ledger.read() as reader:
            moved = restatements(published, reader.frozen, viewer=space.actor)
        with space.ledger.write(actor=space.actor) as writer:
            writer.publish(published.generation, findings)
            writer.frozen.restate(published.generation.id, moved)
        sweep(space.engine, space.ledger)
    generation = published.generation
    return RefreshResult(
        ingested, generation.id, generation.as_of, tuple(findings), len(catalog.metrics), fetched
    )


def fetch_records(
    space: Workspace,
    catalog: Catalog,
    clock: Clock,
    show: Show,
    sources: Collection[str] | None = None,
    *,
    anew: bool = False,
) -> tuple[Fetched, ...]:
    """Let what is new land, of the sources that are fetched. The caller holds the writing lock."""
    secrets = Secrets(os.environ, Path(space.settings.secrets_file or space.home.root / "secrets.yaml"))
    doing = Fetching(
        catalog, space.home, secrets, clock, lambda: Staging(space.home.root, space.settings, large=False)
    )

    def told(source: str, nth: int, of: int, records: int) -> None:
        show("fetching", f"{nth + 1}/{of} {source} {records:,} records", nth, of)

    return fetch(doing, sources=sources, told=told, anew=anew)


def load_files(
    space: Workspace, catalog: Catalog, clock: Clock, show: Show, sources: Collection[str] | None = None
) -> IngestResult:
    """Load what is new or changed; if the warehouse is another one than before, what was loaded comes first.

    The caller holds the writing lock.
    """
    move(
        space.engine,
        space.ledger,
        space.home,
        space.settings,
        project=catalog.project.name,
        told=lambda what, done, total: show("moving", what, done, total),
    )
    finished = 0
    begun: dict[tuple[str, str], float] = {}

    def told(step: Step) -> None:
        nonlocal finished
        file = step.source, step.file
        if step.doing == "done":
            begun.pop(file, None)
            finished += 1
        else:
            begun[file] = min(step.bytes_read / step.bytes_total if step.bytes_total else 0.0, 1.0)
        done = int(1000 * (finished + sum(begun.values())))
        show("files", f"{step.nth}/{step.files} {step.file} {step.rows:,} rows", done, 1000 * step.files)

    large = largest(catalog) > IN_MEMORY
    return ingest(
        catalog,
        space.engine,
        space.ledger,
        lambda share: Staging(space.home.root, space.settings, large=large, share=share),
        clock,
        actor=space.actor,
        sources=sources,
        progress=told,
        at_once=min(space.settings.threads or os.cpu_count() or 1, AT_ONCE),
    )


def _evaluated(
    space: Workspace, ruling: InForce, ingested: IngestResult, clock: Clock, show: Show
) -> tuple[Published, list[Reconciled]]:
    """Write derived facts and states, and give them as the generation that is about to be published, and how the
    sides of its reconciliations compare."""
    now, catalog = clock.now(), ruling.catalog
    batches = {batch.id: batch for batch in ingested.live if batch.fact in catalog.facts}
    identities = resolved(space, catalog, list(batches.values()), clock, show)
    persons = people({"identity": identities})
    derived = derive(catalog, space.engine, list(batches.values()), persons)
    identifier = generation_id(now)
    relations = live_relations([(b.fact, b.id) for b in batches.values() if b.rows_accepted], derived)
    detectors = detecting(space, catalog)
    left = left_out(Rows(catalog, space.engine, relations, now, persons), (*FINDERS, detectors))
    versions = _record(space, ruling)
    before = _before(space, catalog, versions)
    facts = Facts(catalog, space.engine, relations, now, left_out=LeftOut.of(left), people=persons)
    tables = build(
        facts,
        before.generation.tables if before else {},
        lambda what, done, total: show("states", what, done, total),
    )
    with space.ledger.read() as reader:
        every = reader.batches()
    delivered, late = trust.look(catalog, space.engine, list(batches.values()), every, now)
    generation = Generation(
        id=identifier,
        published_at=now,
        as_of=now,
        batches=tuple(batches),
        definitions=tuple(version.id for version in versions),
        tables={
            **tables,
            **late,
            "derived": derived,
            "left_out": left,
            "identity": identities,
            "caught": detectors.caught,
        },
        actor=space.actor,
    )
    with space.ledger.read() as reader:
        decided = marks(reader)
    known_as = {(v.kind, v.name): v for v in versions}
    made = Published(catalog, space.engine, generation, known_as, batches, marks=decided)
    made = replace(
        made,
        generation=replace(generation, tables={**generation.tables, "restated": restated(before, made)}),
    )
    made = with_judging(with_editions(made, _numbered(space, ruling), facts, before, show), ruling.judging)
    made = with_comparisons(made, before, viewer=space.actor)
    known = before.generation.tables if before else {}
    came = ingested.orphans if ingested.changed or "astray" not in known else None
    strays = trust.astray(catalog, ingested.live, came, known)
    compared = reconciliations(made, viewer=space.actor)
    return trust.assessed(made, delivered, strays, agreeing(made, compared)), compared


def _with_links(published: Published, *, viewer: str) -> Published:
    """Keep with the generation what the figures say of the strategy's links, so that pages need not ask again."""
    found = links.kept(links.tested_links(published, viewer=viewer))
    tables = {**published.generation.tables, links.KEPT: found}
    return replace(published, generation=replace(published.generation, tables=tables))


def _numbered(space: Workspace, ruling: InForce) -> Iterator[Edition]:
    """Give the editions, with the recorded version of each metric in them that is not governed: one that is made of
    what was in force."""
    for one in ruling.editions:
        versions = dict(one.versions)
        with space.ledger.read() as reader:
            for name, metric in one.catalog.metrics.items():
                meaning = one.catalog.fingerprint(metric).meaning
                known = [v for v in reader.versions("metric", name) if v.meaning == meaning]
                if known:
                    versions.setdefault(("metric", name), known[-1])
        yield replace(one, versions=versions)


def _before(space: Workspace, catalog: Catalog, versions: list[DefinitionVersion]) -> Published | None:
    """Give the generation that is in force, read again only where its definitions were others."""
    with space.ledger.read() as reader:
        try:
            generation = reader.generation()
        except NothingPublished:
            return None
    others = set(generation.definitions) != {version.id for version in versions}
    if others or generation.tables.get("editions"):
        return open_published(space, generation.id)
    return Published(catalog, space.engine, generation, {(v.kind, v.name): v for v in versions}, {})


def _record(space: Workspace, ruling: InForce) -> list[DefinitionVersion]:
    """Record the definitions as they are; give their versions. Until a generation names them they decide nothing.

    What is governed and nothing was done to yet is adopted: from now on it changes by applications only.
    """
    catalog, standing = ruling.catalog, ruling.versions
    new = [described(catalog, d) for d in catalog.definitions() if (d.kind, d.name) not in standing]
    with space.ledger.write(actor=space.actor) as writer:
        identifiers = set(writer.record_definitions(new))
        recorded = {
            (v.kind, v.name): v for d in new for v in writer.versions(d.kind, d.name) if v.id in identifiers
        }
        versions = [{**standing, **recorded}[d.kind, d.name] for d in catalog.definitions()]
        for one in versions:
            governed = is_governed(ruling.governed, one.kind, one.name)
            if governed and (one.kind, one.name) not in ruling.timelines:
                writer.effective.do(NewDeed(kind=one.kind, name=one.name, deed="adopt", definition=one.id))
    return versions
