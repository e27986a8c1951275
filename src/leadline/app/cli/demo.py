"""`leadline demo`: a company with known truths, made, refreshed and served; and how many of its truths are found."""

from pathlib import Path
from typing import Annotated

import typer

from leadline.app import truths
from leadline.app.cli import output
from leadline.app.cli.context import Json
from leadline.app.cli.opening import opened
from leadline.app.demo import make
from leadline.app.demo_governance import under_way
from leadline.app.demo_periods import close_earlier
from leadline.app.demo_work import fill
from leadline.app.refresh import refresh
from leadline.app.serving import run
from leadline.app.wiring import open_published
from leadline.ingest.check_notes import checked


def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where the demo company is kept.")] = Path("demo-company"),
    only_truths: Annotated[
        bool, typer.Option("--truths", help="Report which planted truths are found, and do not serve.")
    ] = False,
    size: Annotated[float, typer.Option("--size", help="1.0 is about a million contacts.")] = 1.0,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same company.")] = 7,
    port: Annotated[int, typer.Option("--port", help="Port to listen on.")] = 8750,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve it when it is refreshed.")] = True,
    json_: Json = False,
) -> None:
    """Make the demo company if it is not there, refresh it, and serve it."""
    clock = make(folder, seed=seed, size=size, say=output.err.print)
    bar = output.Bar()
    with bar.running():
        close_earlier(folder, clock, bar.show)
    with opened(context, root=folder, clock=clock) as space:
        with bar.running():
            result = refresh(space, clock, bar.show)
        output.err.print(
            f"{result.ingested.live_law}; {result.metrics} metrics, {len(result.findings)} findings, as of "
            f"{result.as_of:%Y-%m-%d}."
        )
        under_way(space, clock)
        fill(space, clock)
        if only_truths:
            with space.ledger.read() as reader:
                batches = [b for b in reader.batches() if b.superseded_by is None]
            report = truths.compare(
                folder, list(result.findings), batches, open_published(space), checked(space.ledger)
            )
            if json_:
                output.as_json([verdict.as_dict() for verdict in report])
            else:
                _print(report)
        elif serve:
            run(space, clock, host="127.0.0.1", port=port, also=(), announce=output.say)


def _print(report: list[truths.Verdict]) -> None:
    rows = [[v.verdict, v.id, v.title, "; ".join(v.evidence) or "; ".join(v.missing)] for v in report]
    output.table(rows, "verdict", "truth", "what was planted", "evidence or what is missing")
    for line in truths.summary(report):
        output.say(line)
