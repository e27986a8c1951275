"""`leadline mask`: a copy of the project for test environments, in which nobody can be recognised."""

import os
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json
from leadline.app.cli.opening import opened
from leadline.app.wiring import open_published
from leadline.ingest.masking.copying import Copied, copy
from leadline.ingest.masking.values import Masks
from leadline.secret import Secrets


def mask(
    context: typer.Context,
    out: Annotated[str, typer.Argument(help="The folder to write; it must not be there yet.", metavar="OUT")],
    key: Annotated[str, typer.Option("--key", help="The name of the secret that masks.", metavar="SECRET")],
    json_: Json = False,
) -> None:
    """Copy the project with personal values replaced: the same value by the same mask, everywhere and in every run."""
    bar = output.Bar()
    with opened(context) as space, bar.running():
        file = Path(space.settings.secrets_file or space.home.root / "secrets.yaml")
        masks = Masks(Secrets(os.environ, file).get(key).reveal())
        published = open_published(space)
        target = Path(out).resolve()
        copied = copy(
            space.definitions(), space.engine, published.facts.relations, masks, target,
            told=lambda what, done, total: bar.show("masking", what, done, total),
        )  # fmt: skip
        with space.ledger.write(actor=space.actor) as writer:
            writer.note("mask", target.name, None, {"rows": dict(copied.rows), "key": key})
    if json_:
        output.as_json({"rows": dict(copied.rows), "columns": [asdict(one) for one in copied.columns],
                        "not_in_the_copy": dict(copied.raw)})  # fmt: skip
    else:
        _shown(copied, out)


def _shown(copied: Copied, out: str) -> None:
    changed = [one for one in copied.columns if one.treatment != "kept"]
    output.table(
        [[f"{c.fact}.{c.column}", c.treatment, c.why] for c in changed], "column", "becomes", "because it is"
    )
    kept = Counter(one.treatment for one in copied.columns)["kept"]
    rows = sum(copied.rows.values())
    output.say(
        f"{rows:,} rows of {len(copied.rows)} facts in {out}; {kept} columns that tell of nobody are as they were."
    )
    raw = ", ".join(f"{source} ({place})" for source, place in copied.raw.items())
    output.say(
        f"Not in the copy, masked or plain: raw records of {raw}; held rows; the ledger with its journal."
    )
