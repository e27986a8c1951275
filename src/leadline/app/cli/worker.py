"""`leadline worker` and `leadline work tick`: reminders, escalations and what else goes off by itself."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from types import FrameType
from typing import Annotated
from uuid import uuid4

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json, current
from leadline.app.cli.opening import opened
from leadline.app.cli.work import work
from leadline.app.wiring import Workspace
from leadline.app.work import Office
from leadline.clock import Clock
from leadline.errors import BusyError
from leadline.workflow.jobs import Done, put_timers, timers, work_off

ACTOR = "worker"
Lease = Annotated[
    int, typer.Option("--lease", min=1, help="Seconds after which another takes a job whose worker was killed.")
]  # fmt: skip


@work.command("tick")
def tick(context: typer.Context, lease: Lease = 60, json_: Json = False) -> None:
    """Let every timer that is due go off, once, by hand."""
    clock = current(context).clock
    with opened(context) as space:
        found = list(_round(space, clock, space.actor, holder(), lease))
    if json_:
        output.as_json([{"job": one.key, "outcome": one.outcome, "ok": one.ok} for one in found])
        return
    for one in found:
        output.say(f"{one.key}: {one.outcome}")
    output.say(f"{sum(one.ok for one in found)} done, {sum(not one.ok for one in found)} failed.")


def worker(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Do what is due, then end.")] = False,
    every: Annotated[float, typer.Option("--every", min=0.05, help="Seconds between looks.")] = 15,
    lease: Lease = 60,
) -> None:
    """Do what goes off by itself until stopped. Any number of workers may run on one ledger."""
    clock, stopped = current(context).clock, threading.Event()

    def stop(_: int, __: FrameType | None) -> None:
        stopped.set()  # the job at hand is finished first

    signal.signal(signal.SIGTERM, stop)
    name = holder()
    with opened(context) as space:
        output.say(f"Worker {name} works for {space.root.name} (stop with Ctrl+C).")
        while not stopped.is_set():
            for one in _round(space, clock, ACTOR, name, lease):
                output.say(f"{clock.now():%Y-%m-%d %H:%M:%S}  {one.key}: {one.outcome}")
                if stopped.is_set():
                    return
            if once:
                return
            stopped.wait(every)


def holder() -> str:
    """Name this process, so that no two are called the same."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:6]}"


def _round(space: Workspace, clock: Clock, actor: str, name: str, lease: int) -> Iterator[Done]:
    """Put in what is due and work it off. Where another writes for too long, it is left for the next round."""
    office = Office.within(space, clock.now().date())
    handlers = timers(lambda: office.people, office.effects)
    try:
        put_timers(space.ledger, clock, actor=actor)
        yield from work_off(
            space.ledger, clock, handlers, actor=actor, holder=name, lease=timedelta(seconds=lease)
        )
    except BusyError as error:
        output.err.print(str(error))
