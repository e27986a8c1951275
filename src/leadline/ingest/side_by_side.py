"""Jobs done side by side, a thread for each worker: the first error ends them all and is raised, and so does Ctrl-C.

Python gives signals to the main thread only, so it waits here and does none of the work; one worker alone works in the
thread that calls. Nothing is decided here about what a job is.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from leadline.store.staging import interrupt

Worker = TypeVar("Worker")
Job = TypeVar("Job")


class Stopped(Exception):
    """The work is to end: something else has failed, or the user has had enough."""


@dataclass(slots=True)
class Stop:
    """Tells workers to end. `cause` is what ended the work first."""

    cause: BaseException | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self, cause: BaseException) -> None:
        """End the work, unless it is ending already."""
        with self._lock:
            self.cause = self.cause or cause

    def check(self) -> None:
        """Raise Stopped when the work is to end. Workers ask often: before each job, and while they read."""
        if self.cause is not None:
            raise Stopped


def side_by_side(
    jobs: Sequence[Job], workers: Sequence[Worker], do: Callable[[Worker, Job, Stop], None]
) -> None:
    """Do all jobs; they begin in the order given, each with the next worker that is free.

    Raises:
        BaseException: what the first job that failed has raised, when the others have ended.
    """
    if len(workers) == 1:
        for job in jobs:
            do(workers[0], job, Stop())
        return
    _Shift(iter(jobs), do).work(workers)


@dataclass(slots=True)
class _Shift(Generic[Worker, Job]):
    """Several workers on the same jobs; `threads` are where they work."""

    ahead: Iterator[Job]
    do: Callable[[Worker, Job, Stop], None]
    stop: Stop = field(default_factory=Stop)
    threads: set[int] = field(default_factory=set)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def work(self, workers: Sequence[Worker]) -> None:
        """Let all work, until all is done or something ends it."""
        with ThreadPoolExecutor(len(workers), thread_name_prefix="leadline") as pool:
            working = [pool.submit(self._of, worker) for worker in workers]
            while not all(one.done() for one in working):
                try:
                    if self.stop.cause is not None:
                        interrupt(tuple(self.threads))  # again and again: the statement may not have begun
                    wait(working, timeout=0.1)
                except KeyboardInterrupt as error:
                    self.stop.now(error)
        if self.stop.cause is not None:
            raise self.stop.cause

    def _of(self, worker: Worker) -> None:
        """Do jobs until there are none."""
        self.threads.add(threading.get_ident())
        try:
            while (job := self._next()) is not None:
                self.do(worker, job, self.stop)
        except BaseException as error:  # noqa: BLE001 it is raised above, in the thread that waits
            self.stop.now(error)

    def _next(self) -> Job | None:
        self.stop.check()
        with self._turn:
            return next(self.ahead, None)
