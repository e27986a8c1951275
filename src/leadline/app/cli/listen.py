"""`leadline listen`: takes the messages of streams as they come, until it is told to stop."""

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Annotated

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json, current
from leadline.app.cli.opening import opened
from leadline.catalog.definitions import Source
from leadline.errors import LeadlineError, suggest
from leadline.ingest.landing.streams.connector import listener, log_of
from leadline.ingest.landing.streams.listening import Listener, listen
from leadline.secret import Secrets


def listen_to(
    context: typer.Context,
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Only these; else every stream.")
    ] = None,
    json_: Json = False,
) -> None:
    """Take messages as they come, until Ctrl-C. They count with the next ingest or refresh."""
    here = current(context)
    with ExitStack() as stack:
        with opened(context) as space:
            catalog, home = space.definitions(), space.home
        secrets = Secrets.of(home.root, os.environ)
        said: dict[str, str] = {}

        def told(source: str, doing: str, came: int) -> None:
            word = doing.partition(":")[0]
            if said.get(source) != word and not json_:
                output.err.print(f"{source}: {doing}")
            said[source] = word
            bar.show(source, f"{came:,} messages", 0, 0)

        bar = output.Bar()
        listeners = []
        for source in _chosen(catalog.sources, sources):
            writer = stack.enter_context(log_of(here.root.resolve(), source).writing())
            listeners.append(listener(source, secrets, writer, told))
        with bar.running():
            asyncio.run(_until_told(listeners))
    came = {one.source: one.writer.written for one in listeners}
    if json_:
        output.as_json({"messages": came})
        return
    for name, number in came.items():
        output.say(f"{name}: {number:,} messages came.")


def _chosen(known: Mapping[str, Source], names: list[str] | None) -> list[Source]:
    for name in names or ():
        if name not in known or known[name].stream is None:
            streams = [n for n, source in known.items() if source.stream is not None]
            raise LeadlineError(
                f"There is no stream {name!r}.", code="unknown-source", hint=suggest(name, streams)
            )
    found = [s for n, s in sorted(known.items()) if s.stream is not None and (not names or n in names)]
    if not found:
        raise LeadlineError(
            "No source is a stream.", code="unknown-source", hint="Write one with `stream:`; see docs/how-to."
        )
    return found


async def _until_told(listeners: list[Listener]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await listen(listeners, stop)
