"""`leadline pack`: the review pack of a scorecard's period, as PDF, PPTX and XLSX."""

from pathlib import Path
from typing import Annotated

import typer

from leadline.app.cli import output
from leadline.app.cli.context import current
from leadline.app.cli.opening import opened
from leadline.app.periods import today
from leadline.app.web.pack.making import make
from leadline.app.web.pack.writing import MEDIA, write
from leadline.app.web.reading import NOBODY, Memory, Reading
from leadline.app.wiring import open_published
from leadline.errors import ExportError
from leadline.store.home import arriving

Out = Annotated[
    Path, typer.Argument(metavar="OUT", help="A file (.pdf, .pptx, .xlsx), or a folder for all three.")
]


def pack(
    context: typer.Context,
    scorecard: Annotated[str, typer.Argument(metavar="SCORECARD", help="A scorecard.")],
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="One of its periods: 2026-09.")],
    out: Out,
    unit: Annotated[str | None, typer.Option("--unit", help="Only this unit.")] = None,
) -> None:
    """Write the review pack: cover, contents, scorecards, variances, commentary, actions, and how figures are made."""
    asked = current(context)
    form = out.suffix.lstrip(".").lower()
    if form and form not in MEDIA:
        raise ExportError(
            f"A pack is not written as {form!r}.", code="export-format", hint=f"One of {', '.join(MEDIA)}."
        )
    with opened(context) as space:
        published = open_published(space)
        reading = Reading(published, space.ledger, Memory(), asked.clock.now(), person=space.person or NOBODY)
        made = make(
            reading, scorecard, period, viewer=space.viewer, today=today(published, asked.clock), unit=unit
        )
        for one in (form,) if form else MEDIA:
            target = out if form else out / f"{made.name}.{one}"
            content = write(made, one)
            with arriving(target) as place:
                place.write_bytes(content)
            output.say(f"{target}: {len(content):,} bytes.")
