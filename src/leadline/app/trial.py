"""A trial: rows loaded once more by the working definitions, into a place of its own that is gone afterwards.

A change beneath metrics (a mapping, a column's bounds, a derived fact, a rule by which rows are left out) cannot be
seen in rows that were loaded without it. The files are read again as they are; nothing of the project is touched.
"""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from leadline.app.excluding import detecting
from leadline.app.wiring import Workspace
from leadline.catalog import Catalog, build
from leadline.catalog.composition import parts
from leadline.catalog.graph import upstream
from leadline.errors import DefinitionError
from leadline.governance.in_force import BENEATH
from leadline.ingest.derived import derive
from leadline.ingest.left_out import FINDERS, Rows, left_out
from leadline.ingest.runs import ingest
from leadline.metrics.left_out import LeftOut
from leadline.metrics.published import Published
from leadline.metrics.states import live_relations
from leadline.store.engines.opening import open_engine
from leadline.store.entries import Batch, DefinitionVersion
from leadline.store.home import Home
from leadline.store.ledger import Ledger
from leadline.store.staging import Staging

_LEFT_OUT = frozenset({"check", "detector"})


@dataclass
class Trial:
    """Loads rows when it is asked to; what it made is removed when its workspace's `trial` ends."""

    space: Workspace
    published: Published
    working: Catalog
    stack: ExitStack

    def __call__(self, names: Collection[str]) -> Published:
        """Give some metrics over rows that the working definitions load, from the files that were loaded.

        Raises:
            DefinitionError: identities are resolved by people's decisions, which a trial does not have; or files are
                gone, changed or new since they were loaded (`trial-files`).
        """
        catalog = self._catalog(names)
        spill = self.space.home.spill()
        self.stack.callback(spill.close)
        home = Home(spill.folder / "trial").prepare()
        settings = self.space.settings
        engine = open_engine("duckdb", home.root, settings, "")
        self.stack.callback(engine.close)
        ledger = Ledger(home.ledger_url, self.space.clock)
        self.stack.callback(ledger.close)
        space = replace(self.space, home=home, engine=engine, ledger=ledger)
        found = ingest(
            catalog, engine, ledger, lambda share: Staging(home.root, settings, large=False, share=share),
            self.space.clock, actor=self.space.actor,
        )  # fmt: skip
        self._check(catalog, found.live)
        return self._published(space, catalog, {b.id: b for b in found.live})

    def _catalog(self, names: Collection[str]) -> Catalog:
        """Give the working definitions of what the metrics stand on."""
        working, wanted = self.working, list(names)
        for name in wanted:
            if name in working.metrics:
                wanted += [p for p in parts(working, working.metrics[name]) if p not in wanted]
        metrics = [working.metrics[name] for name in wanted if name in working.metrics]
        facts = {d.name for m in metrics for d in upstream(working, m) if d.kind == "fact"}
        resolved = sorted(i.name for i in working.identities.values() if i.of in facts)
        if resolved:
            raise DefinitionError(
                f"Identities are resolved with what people decided, which a trial does not know: "
                f"{', '.join(resolved)}.",
                code="trial-identities",
            )
        kept = []
        for document in working.documents:
            named = str(document.data.get("name"))
            if document.kind == "source":
                take = working.sources[named].fact in facts if named in working.sources else False
            elif document.kind == "metric":
                take = named in wanted
            elif document.kind in _LEFT_OUT:
                take = document.data.get("of") in facts
            else:
                take = document.kind in BENEATH - {"identity"}
            if take:
                kept.append(document)
        return build(kept, working.root)

    def _check(self, catalog: Catalog, live: Collection[Batch]) -> None:
        """Refuse a comparison of other files: what came since would look like the change."""
        facts = {b.fact for b in live} | {s.fact for s in catalog.sources.values()}
        was = {
            (b.file, b.file_hash) for b in self.published.batches.values() if b.fact in facts and b.file_hash
        }
        now = {(b.file, b.file_hash) for b in live}
        sources = {s.name for s in catalog.sources.values()} & set(self.published.catalog.sources)
        known = {b.source for b in self.published.batches.values()} | sources
        gone = {file for file, _ in was - now}
        new = {b.file for b in live if (b.file, b.file_hash) not in was and b.source in known}
        if gone or new:
            raise DefinitionError(
                f"Files are not as they were loaded: {', '.join(sorted(gone | new)[:3])}.", code="trial-files",
                hint="Refresh first, so that both versions are of the same files.",
            )  # fmt: skip

    def _published(self, space: Workspace, catalog: Catalog, batches: dict[str, Batch]) -> Published:
        engine, now = space.engine, self.published.generation.as_of
        derived = derive(catalog, engine, list(batches.values()), {})
        relations = live_relations([(b.fact, b.id) for b in batches.values() if b.rows_accepted], derived)
        left: dict[str, Any] = {}
        if catalog.policy is not None or catalog.detectors:
            left = left_out(Rows(catalog, engine, relations, now, {}), (*FINDERS, detecting(space, catalog)))
        generation = replace(
            self.published.generation, batches=tuple(batches), tables={"derived": derived, "left_out": left}
        )
        versions = dict(self.published.versions)
        for name in catalog.metrics:
            versions["metric", name] = _next(versions, name)
        made = Published(catalog, engine, generation, versions, batches, at_rest=False)
        assert made.facts.left_out == LeftOut.of(left)  # noqa: S101 - what is left out is left out of the figures
        return made


def _next(versions: dict[tuple[str, str], DefinitionVersion], name: str) -> DefinitionVersion:
    known = versions.get(("metric", name))
    if known is not None:
        return replace(known, version=known.version + 1)
    return replace(next(iter(versions.values())), kind="metric", name=name, version=1, revision=1)


@contextmanager
def trial(space: Workspace, published: Published, working: Catalog) -> Iterator[Trial]:
    """Open a trial; what it loads is there until it ends."""
    with ExitStack() as stack:
        yield Trial(space, published, working, stack)
