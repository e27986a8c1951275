"""`leadline serve`: the pages, on this machine only unless told otherwise."""

from typing import Annotated

import typer

from leadline.app.cli import output
from leadline.app.cli.context import current
from leadline.app.serving import run
from leadline.app.wiring import workspace


def serve(
    context: typer.Context,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; loopback unless told otherwise.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen on.")] = 8750,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", help="A host name by which browsers may reach the pages."),
    ] = None,
) -> None:
    """Serve the scorecard and everything behind it to a browser."""
    with workspace(current(context).root) as space:
        if host not in {"127.0.0.1", "::1", "localhost"}:
            output.err.print(
                f"Listening on {host}: everybody who can reach it can read all figures; there are no accounts yet."
            )
        run(
            space,
            current(context).clock,
            host=host,
            port=port,
            also=tuple(allow_host or ()),
            announce=output.say,
        )
