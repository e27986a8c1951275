"""`leadline model`: the facts there are, shipped and of the project, as a list, one by one, or as a diagram."""

from collections.abc import Mapping
from typing import Annotated

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json, current
from leadline.catalog import Catalog, diagram, load
from leadline.catalog.definitions import Fact
from leadline.errors import LeadlineError, suggest


def model(
    context: typer.Context,
    fact: Annotated[str | None, typer.Argument(help="Show the columns of this fact.")] = None,
    diagram_: Annotated[
        bool, typer.Option("--diagram", help="Write the diagram, in Mermaid's language.")
    ] = False,
    json_: Json = False,
) -> None:
    """Show the customer model: what facts there are, what they are made of and how they refer to each other."""
    catalog = load(current(context).root)
    if fact is not None and fact not in catalog.facts:
        raise LeadlineError(
            f"There is no fact {fact!r}.", code="unknown-fact", hint=suggest(fact, catalog.facts)
        )
    if diagram_:
        output.out.print(diagram.mermaid(catalog.facts, [fact] if fact else None), end="")
    elif fact is not None:
        _columns(catalog.facts[fact], json_=json_)
    else:
        _facts(catalog, catalog.facts, json_=json_)


def _facts(catalog: Catalog, facts: Mapping[str, Fact], *, json_: bool) -> None:
    origins = {name: _origin(catalog, name) for name in facts}
    if json_:
        output.as_json(
            {
                "model": diagram.MODEL_VERSION, "structure": diagram.structure(facts),
                "facts": [{"fact": n, "title": f.label, "of": origins[n], "columns": len(f.columns)}
                          for n, f in sorted(facts.items())],
            }
        )  # fmt: skip
        return
    rows = [[n, f.label, ", ".join(f.key), len(f.columns), origins[n]] for n, f in sorted(facts.items())]
    output.table(rows, "fact", "title", "key", "columns", "of", right=("columns",))
    output.say(
        f"Customer model {diagram.MODEL_VERSION}; with this project's facts: {diagram.structure(facts)}."
    )


def _origin(catalog: Catalog, name: str) -> str:
    shipped = {document.shipped for document in catalog.documents_of["fact", name]}
    return {frozenset({True}): "Leadline", frozenset({False}): "the project"}.get(frozenset(shipped), "both")


def _columns(fact: Fact, *, json_: bool) -> None:
    if json_:
        output.as_json(fact.model_dump(mode="json", by_alias=True, exclude_defaults=True))
        return
    output.say(f"{fact.label}: {fact.description or ''}")
    rows = [
        [name, one.type, one.references or "", one.description or ""] for name, one in fact.columns.items()
    ]
    output.table(rows, "column", "type", "refers to", "what it is")
