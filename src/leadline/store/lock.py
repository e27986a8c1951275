"""One writer per project: who ingests, refreshes or sweeps holds the lock, and a second one is told by whom.

The kernel releases the lock when the holder ends, killed or not; what is written in the file is only for people.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

from leadline.clock import Clock
from leadline.errors import BusyError
from leadline.store.home import Home, touching
from leadline.store.locking import locked


@contextmanager
def writing(home: Home, verb: str, clock: Clock) -> Iterator[None]:
    """Hold the project's writing lock; what a killed holder left half-written is removed first.

    Raises:
        BusyError: another process holds it; the message names its pid, what it does and since when.
    """
    home.prepare()
    with touching(home.writing_lock):
        try:
            file = locked(home.writing_lock)
        except BlockingIOError as error:
            raise BusyError(
                f"Another process is writing to this project: {_holder(home)}.",
                hint="Wait until it ends and run the command again.",
            ) from error
    with file:
        file.truncate(0)
        file.write(
            json.dumps({"pid": os.getpid(), "verb": verb, "since": clock.now().isoformat("T", "seconds")})
        )
        file.flush()
        home.sweep_leftovers()
        try:
            yield
        finally:
            file.truncate(0)


def _holder(home: Home) -> str:
    """Give who holds the lock, in words, from what it wrote into the file."""
    try:
        held = json.loads(home.writing_lock.read_text(encoding="utf-8"))
        return f"{held['verb']} (process {held['pid']}) since {held['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "a process that has just begun or is ending"
