"""`leadline fetch` and `ingest`: rows in, rows accepted, rows held and why."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json, current
from leadline.app.cli.opening import allowed, opened, told
from leadline.app.refresh import fetch_records, load_files
from leadline.app.wiring import Workspace
from leadline.ingest.landing.fetch import Fetched
from leadline.ingest.landing.unclaimed import forget
from leadline.ingest.result import FileResult, IngestResult
from leadline.store.lock import writing

quarantine = typer.Typer(
    name="quarantine", help="Rows that were not accepted, and why.", no_args_is_help=True
)

ROWS = "ingest:row:read"

Source = Annotated[str | None, typer.Option("--source", help="Only this source.")]


def ingest_files(context: typer.Context, source: Source = None, json_: Json = False) -> None:
    """Load new and changed files. Figures change with the next refresh only."""
    here = current(context)
    bar = output.Bar()
    with opened(context) as space, writing(space.home, "ingest", here.clock), bar.running():
        sources = [source] if source else None
        catalog = space.definitions()
        fetched = fetch_records(space, catalog, here.clock, bar.show, sources)
        result = load_files(space, catalog, here.clock, bar.show, sources)
        seen = not json_ and tell_strays(space, result)
    if json_:
        output.as_json({"fetched": fetched_as_list(fetched), **ingest_as_dict(result)})
    else:
        show_fetched(fetched)
        show_batches(result, examples=seen)


def fetch_sources(
    context: typer.Context,
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Only these; else all that are fetched.")
    ] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Everything, as if nothing had been fetched.")] = False,
    json_: Json = False,
) -> None:
    """Fetch what databases, APIs and streams have that is new. It counts with the next ingest or refresh."""
    here = current(context)
    bar = output.Bar()
    with opened(context) as space, writing(space.home, "fetch", here.clock), bar.running():
        fetched = fetch_records(space, space.definitions(), here.clock, bar.show, sources or None, anew=anew)
    if json_:
        output.as_json({"fetched": fetched_as_list(fetched)})
    else:
        show_fetched(fetched)
        if not fetched:
            output.say("No source is fetched: all are files.")
    if any(one.error for one in fetched):
        raise typer.Exit(1)


def forget_landed(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="A source that is declared no more.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, for those who read the journal.")],
) -> None:
    """Remove what has landed of a source that is declared no more; with it, a definition could bring all back."""
    here = current(context)
    with opened(context) as space, writing(space.home, "forget", here.clock):
        one = forget(space.definitions(), space.ledger, source, actor=space.actor, reason=reason)
    output.say(f"Removed what {one.source} brought: {one.files:,} files, {one.bytes:,} bytes.")


def show_fetched(fetched: Sequence[Fetched]) -> None:
    """Print what became of each source that is fetched."""
    rows = [
        [f.source, f.outcome, *(f"{n:,}" for n in (f.records, f.new, f.changed, f.gone, f.landed))]
        for f in fetched
        if not f.error
    ]
    if rows:
        right = ("came", "new", "changed", "gone", "in all")
        output.table(rows, "source", "outcome", *right, right=right)
    for one in fetched:
        for note in one.notes:
            output.say(f"{one.source}: {note}")
        if one.error:
            output.err.print(f"Source {one.source} was not fetched; what it gave before still counts:")
            output.failed(one.error, json_=False)


def fetched_as_list(fetched: Sequence[Fetched]) -> list[dict[str, Any]]:
    """Give what became of each source as JSON says it."""
    return [
        {
            "source": f.source,
            "outcome": f.outcome,
            "records": f.records,
            "new": f.new,
            "changed": f.changed,
            "gone": f.gone,
            "landed": f.landed,
            "notes": list(f.notes),
            "error": {"code": f.error.code, "message": f.error.message, "hint": f.error.hint}
            if f.error
            else None,
        }
        for f in fetched
    ]


def tell_strays(space: Workspace, result: IngestResult) -> bool:
    """Tell whether keys that refer to nothing may be shown as examples; that they are stands in the journal."""
    seen = allowed(space, ROWS)
    few = sum(len(stray.examples) for stray in result.orphans) if seen else 0
    told(space, ROWS, "references", purpose="keys that refer to nothing", subjects=few)
    return seen


def show_batches(result: IngestResult, *, examples: bool) -> None:
    """Print what became of each file that something became of, and the law of rows; of keys, examples or counts."""
    rows = [_file_row(f) for f in result.files if f.outcome != "unchanged"]
    unchanged = sum(f.outcome == "unchanged" for f in result.files)
    if rows:
        right = ("rows in", "accepted", "held")
        output.table(rows, "source", "file", "outcome", *right, "why", right=right)
    if unchanged:
        output.say(f"{unchanged} files unchanged, not loaded again.")
    for file in result.files:
        for said in file.checks:
            if said.said not in {"passed", "cannot tell"}:
                output.say(f"{file.file}: the check {said.check} {said.said}: {said.statement}.")
    for source, said in result.freshness:
        if not said.good:
            output.say(f"{source}: the check {said.check} {said.said}: {said.statement}.")
    for name in result.empty:
        output.say(f"Source {name} finds no file.")
    for stray in result.orphans:
        few = f", e.g. {', '.join(stray.examples)}" if examples else ""
        output.say(
            f"{stray.rows:,} {stray.fact} rows have a {stray.column} that no {stray.references} has{few}."
        )
    output.say(f"This run: {result.law}. In all: {result.live_law}.")


def _file_row(file: FileResult) -> list[object]:
    batch = file.batch if file.outcome == "loaded" else None
    counts = (batch.rows_in, batch.rows_accepted, batch.rows_quarantined) if batch else (None, None, None)
    why = file.reason
    if batch and batch.reasons:
        top = sorted(batch.reasons.items(), key=lambda item: -item[1])[:2]
        why = "; ".join(f"{count:,} {reason}" for reason, count in top)
    return [file.source, file.file, file.outcome, *("" if c is None else f"{c:,}" for c in counts), why]


def ingest_as_dict(result: IngestResult) -> dict[str, Any]:
    """Give a result as JSON says it."""
    law, live = result.law, result.live_law
    return {
        "files": [
            {
                "source": f.source,
                "file": f.file,
                "outcome": f.outcome,
                "code": f.code,
                "reason": f.reason,
                "rows_in": f.batch.rows_in if f.batch else 0,
                "accepted": f.batch.rows_accepted if f.batch else 0,
                "held": f.batch.rows_quarantined if f.batch else 0,
                "reasons": dict(f.batch.reasons) if f.batch else {},
                "checks": [said.as_dict() for said in f.checks],
            }
            for f in result.files
        ],
        "run": {"rows_in": law.rows_in, "accepted": law.accepted, "held": law.held},
        "live": {"rows_in": live.rows_in, "accepted": live.accepted, "held": live.held},
        "freshness": [{"source": source, **said.as_dict()} for source, said in result.freshness],
        "empty_sources": list(result.empty),
    }
