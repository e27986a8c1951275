"""`leadline exclusions`, `release`, `exclude`: rows that enter no figure, what they change, and how they come back."""

from collections.abc import Sequence
from typing import Annotated, Any, cast, get_args

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json, current
from leadline.app.cli.opening import allowed, opened, require, told
from leadline.app.excluding import Effect, effects
from leadline.app.wiring import Workspace, open_published
from leadline.catalog.definitions import Grain
from leadline.errors import QueryError, SourceError
from leadline.ingest.exclusions import Exclusion, exclusions, released, rows_caught
from leadline.ingest.releasing import release_check, release_rows
from leadline.metrics.published import Published
from leadline.metrics.query import Viewer
from leadline.store.lock import writing

ROWS = "ingest:row:read"
EXAMPLES = 3

Detector = Annotated[str | None, typer.Option("--detector", help="Only what this detector caught.")]
Row = Annotated[
    list[str] | None,
    typer.Option(
        "--row", help="The key of a row (its columns joined by |); again for more. None: all that it catches."
    ),
]
Why = Annotated[str, typer.Option("--reason", help="Why, for those who read the journal.")]
Check = Annotated[
    str | None, typer.Option("--check", help="Instead of a detector: let a file pass this check.")
]
File = Annotated[str | None, typer.Option("--file", help="The file, as `leadline checks --files` names it.")]
Named = Annotated[str | None, typer.Argument(help="The detector.")]


def list_exclusions(
    context: typer.Context,
    detector: Detector = None,
    rows: Annotated[bool, typer.Option("--rows", help="Every row, not only counts and examples.")] = False,
    effect: Annotated[
        bool, typer.Option("--effect", help="Each figure with the rows and without them.")
    ] = False,
    metric: Annotated[str | None, typer.Option("--metric", help="With --effect: only this metric.")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="With --effect: of this unit.")] = None,
    grain: Annotated[
        str, typer.Option("--grain", help="With --effect: day, week, month, quarter or year.")
    ] = "month",
    json_: Json = False,
) -> None:
    """Show the rows that detectors keep out of figures: how many, why, examples; what they change with --effect."""
    with opened(context) as space:
        published = open_published(space)
        if rows:
            require(space, ROWS)
        seen = allowed(space, ROWS) and not effect and not rows
        found = _found(space, published, examples=EXAMPLES if seen else 0)
        found = [e for e in found if detector in (None, e.detector.name)]
        if effect:
            _show_effect(published, found, space.viewer, grain, metric, unit, json_=json_)
        elif rows:
            _show_rows(space, published, found, json_=json_)
        else:
            _told(space, detector, sum(len(e.examples) for e in found))
            _show(found, json_=json_)


def _told(space: Workspace, detector: str | None, rows: int) -> None:
    what = f"detector:{detector}" if detector else "detectors"
    told(space, ROWS, what, purpose="rows left out", subjects=rows)


def _found(space: Workspace, published: Published, *, examples: int) -> list[Exclusion]:
    catalog = published.catalog
    return exclusions(
        catalog.detectors, catalog.facts, space.engine, published.generation.tables.get("caught", {}),
        released(space.ledger), examples=examples,
    )  # fmt: skip


def _show(found: Sequence[Exclusion], *, json_: bool) -> None:
    if json_:
        output.as_json([_said(one) for one in found])
        return
    table = [
        [e.detector.name, e.detector.of, f"{e.caught:,}", f"{e.released:,}", f"{e.left_out:,}",
         "; ".join(f"{'|'.join(key)}: {shown}" for key, shown in e.examples[:2])]
        for e in found
    ]  # fmt: skip
    right = ("caught", "released", "left out")
    output.table(table, "detector", "fact", *right, "for example", right=right)
    output.say(f"{sum(e.left_out for e in found):,} rows enter no figure; they stay facts.")


def _said(one: Exclusion) -> dict[str, Any]:
    return {
        "detector": one.detector.name,
        "title": one.detector.label,
        "fact": one.detector.of,
        "caught": one.caught,
        "released": one.released,
        "left_out": one.left_out,
        "examples": [{"key": list(key), "shown": shown} for key, shown in one.examples],
    }


def _show_rows(space: Workspace, published: Published, found: Sequence[Exclusion], *, json_: bool) -> None:
    given, caught = released(space.ledger), published.generation.tables.get("caught", {})
    rows = [
        {"detector": e.detector.name, "row": "|".join(key), "shown": shown,
         "left_out": not (e.detector.name in given and given[e.detector.name].releases(key))}
        for e in found
        for key, shown in rows_caught(space.engine, published.catalog.facts[e.detector.of], caught[e.detector.name])
    ]  # fmt: skip
    _told(space, found[0].detector.name if len(found) == 1 else None, len(rows))
    if json_:
        output.as_json(rows)
        return
    output.table([[r["detector"], r["row"], r["shown"], "left out" if r["left_out"] else "released"] for r in rows],
                 "detector", "row", "seen", "now")  # fmt: skip


def _show_effect(
    published: Published,
    found: Sequence[Exclusion],
    viewer: str | Viewer,
    grain: str,
    metric: str | None,
    unit: str | None,
    *,
    json_: bool,
) -> None:
    if grain not in get_args(Grain):
        raise QueryError(
            f"There is no grain {grain!r}.", code="unknown-grain", hint="day, week, month, quarter, year"
        )
    changed: list[Effect] = []
    by_fact: dict[str, list[str]] = {}
    for one in found:
        if one.left_out:
            by_fact.setdefault(one.detector.of, []).append(one.detector.name)
    for names in by_fact.values():
        changed += effects(
            published, names, viewer=viewer, grain=cast("Grain", grain), metric=metric, unit=unit
        )
    if json_:
        output.as_json([
            {"detectors": list(e.reasons), "metric": e.without.metric, "period": e.without.period,
             "unit": e.without.unit, "without": _figure(e.without), "with": _figure(e.with_them)}
            for e in changed
        ])  # fmt: skip
        return
    table = [
        [", ".join(e.reasons), e.without.metric, e.without.period, *_cells(e.without), *_cells(e.with_them)]
        for e in changed
    ]
    right = ("without", "low", "high", "n", "with", "low ", "high ", "n ")
    output.table(table, "detectors", "metric", "period", *right, right=right)
    output.say(f"{len(changed)} figures are other than they would be with the rows that are left out.")


def _figure(one: Any) -> dict[str, Any]:
    return {"value": one.value, "low": one.low, "high": one.high, "n": one.n, "status": one.status}


def _cells(one: Any) -> list[str]:
    n = "–" if one.n is None else f"{one.n:,.0f}"
    return [output.number(one.value), output.number(one.low), output.number(one.high), n]


def release(
    context: typer.Context,
    reason: Why,
    detector: Named = None,
    row: Row = None,
    check: Check = None,
    file: File = None,
) -> None:
    """Let rows count that a detector caught, or a file pass a check. Figures change with the next refresh."""
    _decide(context, detector, row, check, file, reason, back=False)


def exclude(
    context: typer.Context,
    reason: Why,
    detector: Named = None,
    row: Row = None,
    check: Check = None,
    file: File = None,
) -> None:
    """Take back what was released: the rows are left out again, the check holds for the file again."""
    _decide(context, detector, row, check, file, reason, back=True)


def _decide(
    context: typer.Context,
    detector: str | None,
    row: list[str] | None,
    check: str | None,
    file: str | None,
    reason: str,
    *,
    back: bool,
) -> None:
    here = current(context)
    if (detector is None) == (check is None) or (check is None) != (file is None):
        raise SourceError(
            "Name either a detector, or a check and a file.", code="release-what",
            hint="leadline release DETECTOR --row KEY --reason TEXT, or --check NAME --file FILE --reason TEXT",
        )  # fmt: skip
    with opened(context) as space, writing(space.home, "release", here.clock):
        if check is not None and file is not None:
            release_check(
                space.definitions(), space.ledger, check, file, actor=space.actor, reason=reason, back=back
            )
            output.say(
                f"{file}: the check {check} {'holds again' if back else 'lets it pass'}. Refresh to load it."
            )
            return
        published, rows = open_published(space), [tuple(key.split("|")) for key in row or ()]
        release_rows(
            published.catalog, space.engine, space.ledger, detector or "", rows,
            caught=published.generation.tables.get("caught", {}), actor=space.actor, reason=reason, back=back,
        )  # fmt: skip
    what = f"{len(rows)} rows of" if rows else "everything that is caught by"
    output.say(
        f"{'Left out again' if back else 'Released'}: {what} {detector}. Refresh to see it in figures."
    )
