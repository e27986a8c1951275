"""`leadline check`, `leadline schema`, `leadline metrics`: definitions, without touching any data."""

from pathlib import Path
from typing import Annotated

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json, current
from leadline.app.cli.opening import opened
from leadline.catalog import Catalog, load
from leadline.catalog.composition import dimensions, facts
from leadline.catalog.schema import write_schemas
from leadline.governance.lifecycle import notices
from leadline.ingest.landing.unclaimed import unclaimed


def check(context: typer.Context, json_: Json = False) -> None:
    """Check every definition and report all problems at once. Exit code 1 when there is an error."""
    catalog = load(current(context).root.resolve())
    errors = [p for p in catalog.problems if p.level == "error"]
    ending = [] if errors else _ending(context, catalog)
    warnings = [p for p in catalog.problems if p.level == "warning"]
    left = unclaimed(catalog)
    if json_:
        output.as_json(
            {
                "errors": len(errors),
                "warnings": len(warnings),
                "problems": [p.as_dict() for p in catalog.problems],
                "unclaimed": [{"source": u.source, "files": u.files, "bytes": u.bytes} for u in left],
            }
        )
    else:
        for problem in catalog.problems:
            output.say(f"{problem.place}: {problem.level}: {problem.message} [{problem.code}]")
            if problem.hint:
                output.say(f"    {problem.hint}")
        for one in left:
            output.say(one.words)
        for sentence in ending:
            output.say(sentence)
        counts = f"{len(catalog.metrics)} metrics, {len(catalog.sources)} sources, {len(catalog.scorecards)} scorecards"
        output.say(f"{len(errors)} errors, {len(warnings)} warnings in {counts}.")
    if errors:
        raise typer.Exit(1)


def _ending(context: typer.Context, catalog: Catalog) -> list[str]:
    """Tell of governed definitions whose end has begun, and of who uses them."""
    if not any(catalog.project.governed.values()) or not (current(context).root / ".leadline").is_dir():
        return []
    with opened(context) as space:
        return [str(notice) for notice in notices(space.in_force(space.clock.now()))]


def schema(
    context: typer.Context,
    to: Annotated[Path, typer.Option("--to", help="The folder to write to.")] = Path(".leadline/schema"),
) -> None:
    """Write JSON Schemas of every kind of definition, for editors."""
    root = current(context).root.resolve()
    for file in write_schemas(to if to.is_absolute() else root / to):
        output.say(str(file))


def metrics(context: typer.Context, json_: Json = False) -> None:
    """List the metrics of the project."""
    catalog = load(current(context).root.resolve())
    found = sorted(catalog.metrics.values(), key=lambda m: m.name)
    if json_:
        output.as_json(
            [
                {
                    "metric": m.name,
                    "title": m.label,
                    "type": m.type,
                    "of": list(facts(catalog, m)),
                    "by": list(dimensions(catalog, m)),
                    "owner": m.owner,
                }
                for m in found
            ]
        )
    else:
        rows = [
            [m.name, m.label, m.type, ", ".join(facts(catalog, m)), ", ".join(dimensions(catalog, m))]
            for m in found
        ]
        output.table(rows, "metric", "title", "type", "of", "by")
