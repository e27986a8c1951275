"""`leadline serve`: the pages, on this machine only unless told otherwise."""

from typing import Annotated

import typer

from leadline.app.cli import output
from leadline.app.cli.context import current
from leadline.app.cli.opening import opened
from leadline.app.serving import run


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
    behind_https: Annotated[
        bool,
        typer.Option(
            "--behind-https", help="A proxy with a certificate stands before: cookies go by https alone."
        ),
    ] = False,
) -> None:
    """Serve the scorecard and everything behind it to a browser. Whoever asks must sign in."""
    with opened(context) as space:
        run(
            space,
            current(context).clock,
            host=host,
            port=port,
            also=tuple(allow_host or ()),
            announce=output.say,
            behind_https=behind_https,
        )
