"""What stands in a disclosure, as rows: all of one generation, and of one moment of the ledger."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from leadline.app.disputes import disputes
from leadline.app.wiring import Workspace
from leadline.catalog import graph
from leadline.catalog.composition import finest_shown
from leadline.catalog.definitions import GRAINS, Definition, Grain, Metric
from leadline.catalog.federation import differences
from leadline.errors import QueryError, suggest
from leadline.governance.change_requests import emergencies
from leadline.governance.meeting import meetings, told
from leadline.governance.ownership.verbs import ownership
from leadline.ingest.exclusions import exclusions, released
from leadline.metrics import words
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.observation import FIELDS
from leadline.metrics.published import Published
from leadline.metrics.query import Query, Viewer
from leadline.metrics.recompute import recompute
from leadline.scorecards.tree import find
from leadline.store.journal import head
from leadline.store.ledger_reader import LedgerReader

PURPOSE = "a methodology disclosure"
PERIODS = 12
Row = dict[str, Any]


@dataclass(frozen=True)
class Disclosure:
    """The tables of a disclosure by name, each a list of rows with the same keys, and what it is of."""

    about: Row
    tables: dict[str, list[Row]]
    texts: dict[str, str]
    """The definitions as they are written, by file name."""


def disclosed(
    space: Workspace, published: Published, *, scorecard: str | None = None, metrics: Sequence[str] = ()
) -> Disclosure:
    """Gather what a disclosure of a scorecard, of some metrics, or of everything holds.

    Raises:
        QueryError: there is no such scorecard or metric.
    """
    chosen = _chosen(published, scorecard, metrics)
    concerned = _concerned(published, chosen, scorecard)
    grain: Grain = find(published.catalog, scorecard).period if scorecard else "month"
    with space.ledger.read() as reader:
        seq, hashed = head(reader)
        tables = {
            "definitions": list(_definitions(reader, published, concerned)),
            "approvals": list(_approvals(reader, concerned)),
            "meetings": list(_meetings(reader)),
            "disputes": list(_disputes(reader, {one.name for one in chosen})),
        }
    tables |= {
        "formulas": [
            {"metric": m.name, "sentence": sentence}
            for m in chosen
            for sentence in words.metric(published.catalog, m)
        ],
        "variants": [
            {"variant": m.name, "adapts": m.adapts, "in_unit": m.in_unit, **asdict(one)}
            for m in published.catalog.metrics.values()
            if m.adapts in {c.name for c in chosen} or (m.adapts and m in chosen)
            for one in differences(published.catalog, m)
        ],
        "sources": list(_batches(published, concerned)),
        "checks": list(_checks(space, published, concerned)),
        "figures": list(_figures(published, chosen, grain, space.viewer)),
        "suspensions": [asdict(one) for one in published.marks.suspensions],
        "overrides": [asdict(one) for one in published.marks.overrides],
    }
    about = {
        "project": published.catalog.project.label,
        "of": scorecard or ", ".join(m.name for m in chosen),
        "generation": published.generation.id,
        "as_of": published.generation.as_of.isoformat(),
        "published_at": published.generation.published_at.isoformat(),
        "journal": {"seq": seq, "hash": hashed},
        "made_by": space.actor,
        "made_at": space.clock.now().isoformat(timespec="seconds"),
    }
    texts = {f"{one.kind}-{one.name}.yaml": published.catalog.text(one) for one in concerned}
    return Disclosure(about, tables, texts)


def _chosen(published: Published, scorecard: str | None, metrics: Sequence[str]) -> list[Metric]:
    known = published.catalog.metrics
    if unknown := [name for name in metrics if name not in known]:
        raise QueryError(
            f"There is no metric {unknown[0]!r}.", code="unknown-metric", hint=suggest(unknown[0], known)
        )
    if scorecard:
        card = find(published.catalog, scorecard)
        names = [m.metric for p in card.perspectives for o in p.objectives for m in o.measures]
        return [known[name] for name in dict.fromkeys((*names, *metrics))]
    return [known[name] for name in (metrics or sorted(known))]


def _concerned(published: Published, chosen: Sequence[Metric], scorecard: str | None) -> list[Definition]:
    """Give the definitions that decide the figures: the chosen, and everything that they stand on."""
    catalog = published.catalog
    found: dict[tuple[str, str], Definition] = {("project", catalog.project.name): catalog.project}
    tops: list[Definition] = [find(catalog, scorecard)] if scorecard else []
    for top in (*tops, *chosen, *catalog.policies.values(), catalog.calendar):
        for one in (top, *graph.upstream(catalog, top)):
            if (one.kind, one.name) in published.versions:
                found.setdefault((one.kind, one.name), one)
    return list(found.values())


def _definitions(
    reader: LedgerReader, published: Published, concerned: Sequence[Definition]
) -> Iterator[Row]:
    urgent = emergencies(reader)
    for one in concerned:
        version = published.versions[one.kind, one.name]
        owned = ownership(reader, published.catalog, one)
        deed = urgent.get((one.kind, one.name))
        yield {
            "kind": one.kind,
            "name": one.name,
            "title": one.label,
            "version": version.version,
            "revision": version.revision,
            "recorded_at": version.recorded_at.isoformat(),
            "meaning": version.meaning,
            "metadata": version.metadata,
            "file": version.file,
            "owners": ", ".join(owned.standing.owners),
            "ownership": owned.state,
            "in_emergency": deed.request if deed else "",
        }


def _approvals(reader: LedgerReader, concerned: Sequence[Definition]) -> Iterator[Row]:
    names = {(one.kind, one.name) for one in concerned}
    for deed in reader.effective.deeds():
        if (deed.kind, deed.name) in names:
            yield {
                "at": deed.at.isoformat(), "actor": deed.actor, "kind": deed.kind, "name": deed.name,
                "deed": deed.deed, "mode": deed.mode, "since": deed.since.isoformat() if deed.since else "",
                "request": deed.request,
            }  # fmt: skip


def _meetings(reader: LedgerReader) -> Iterator[Row]:
    """Give every point of every meeting of a board, with what was decided, by whom, and the minutes' approval."""
    for one in meetings(reader):
        for point in one.points:
            ruling = one.rulings.get(point.key)
            yield {
                "meeting": one.id, "board": one.board, "day": one.on.isoformat(), "chair": one.chair,
                "present": ", ".join(one.present), "quorum": one.quorum, "point": point.title,
                "item": point.item or "", "decided": told(ruling) if ruling else "", "minutes": one.minutes,
                "approved_by": one.approved_by, "hash": one.hash,
            }  # fmt: skip


def _disputes(reader: LedgerReader, names: set[str]) -> Iterator[Row]:
    """Give the disputes of figures of some metrics, with what they came to."""
    for one in disputes(reader):
        if one.metric in names:
            yield {
                "item": one.item.number, "figure": one.figure, "opened_by": one.item.author,
                "claim": one.item.fields.get("claim", ""), "value_then": one.pin.get("value"),
                "state": one.item.state, "recomputed": one.verdict.get("outcome", ""),
                "outcome": one.item.fields.get("outcome", ""), "grounds": one.item.fields.get("grounds", ""),
                "settled_by": one.decided_by,
            }  # fmt: skip


def _batches(published: Published, concerned: Sequence[Definition]) -> Iterator[Row]:
    names = {one.name for one in concerned if one.kind == "source"}
    for one in sorted(published.batches.values(), key=lambda b: (b.source, b.file)):
        if one.source in names:
            held = "; ".join(f"{reason}: {n}" for reason, n in sorted(one.reasons.items()))
            yield {
                "source": one.source, "fact": one.fact, "file": one.file, "sha256": one.file_hash,
                "rows_in": one.rows_in, "rows_accepted": one.rows_accepted, "rows_held": one.rows_quarantined,
                "held_for": held, "recorded_at": one.recorded_at.isoformat(),
            }  # fmt: skip


def _checks(space: Workspace, published: Published, concerned: Sequence[Definition]) -> Iterator[Row]:
    """Give the checks and detectors over the facts concerned, with how many rows each kept out."""
    facts = {one.name for one in concerned if one.kind == "fact"}
    catalog, caught = published.catalog, published.generation.tables.get("caught", {})
    counted = exclusions(
        catalog.detectors, catalog.facts, published.engine, caught, released(space.ledger), examples=0
    )
    left_out = {one.detector.name: one.left_out for one in counted}
    for check in published.catalog.checks.values():
        if check.of in facts:
            yield {"kind": "check", "name": check.name, "of": check.of, "says": check.label, "left_out": ""}
    for detector in published.catalog.detectors.values():
        if detector.of in facts:
            rows = left_out.get(detector.name)
            yield {
                "kind": "detector", "name": detector.name, "of": detector.of, "says": detector.label,
                "left_out": str(rows) if rows is not None else "",
            }  # fmt: skip


def _figures(
    published: Published, chosen: Sequence[Metric], grain: Grain, viewer: str | Viewer
) -> Iterator[Row]:
    """Give the newest figures of each metric, each with what a recomputation from its rows says."""
    queries = []
    for metric in chosen:
        shown = max(grain, finest_shown(published.catalog, metric), key=GRAINS.index)
        latest = published.latest_complete(metric.name, shown)
        if latest is not None:
            since = published.periods.back(latest, PERIODS - 1).start
            queries.append(Query(metric.name, viewer, PURPOSE, shown, since=since, until=latest.end))
    again = {
        (one.published.metric, one.published.period): one.outcome for one in recompute(published, queries)
    }
    for answer in evaluate_many(published, queries):
        for one in answer:
            row = {name: getattr(one, name) for name in FIELDS}
            yield row | {"recomputed": again.get((one.metric, one.period), "")}
