"""Processes that tests kill: a program that has everything imported forks what each line of its input asks for.

The program calls `fork_each`; the test holds a `Nursery`, which is that program as it runs.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def fork_each(work: Callable[[str], None]) -> None:
    """For each line of the input, one at a time, fork a process that does the work for it, and ends.

    Prints the number of each process, and when that has ended, how: 0, or minus the signal.
    """
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            work(line.rstrip("\n"))
            os._exit(0)
        _tell(child)
        _tell(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


class Nursery:
    """A running program of `fork_each`."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        self._program = program

    def start(self, line: str) -> int:
        """Start a process; give its number."""
        assert self._program.stdin is not None
        self._program.stdin.write(f"{line}\n")
        self._program.stdin.flush()
        return self._heard()

    def ended(self) -> int:
        """Wait for the end of the process that was started; give how it ended."""
        return self._heard()

    def run(self, line: str, *, seconds: float | None = None) -> tuple[float, int]:
        """Run a process, killed after `seconds`; give how long it ran, and how it ended."""
        begun = time.perf_counter()
        child = self.start(line)
        if seconds is not None:
            time.sleep(max(0.0, seconds - (time.perf_counter() - begun)))
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        ended = self.ended()
        return time.perf_counter() - begun, ended

    def _heard(self) -> int:
        assert self._program.stdout is not None
        return int(self._program.stdout.readline())


@contextmanager
def nursery_of(module: str, root: Path, *, warnings: str = "ignore::DeprecationWarning") -> Iterator[Nursery]:
    """Run a module that calls `fork_each`, until the test is over."""
    command = [sys.executable, "-W", warnings, "-m", module]
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        yield Nursery(program)
        assert program.stdin is not None
        program.stdin.close()
