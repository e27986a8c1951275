"""One writer per project; the second one is told who, and a killed one holds nothing."""

import os
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from leadline.clock import FixedClock
from leadline.errors import BusyError
from leadline.store.home import Home
from leadline.store.lock import writing

HOLD = textwrap.dedent("""
    import sys
    from datetime import UTC, datetime
    from pathlib import Path
    from leadline.clock import FixedClock
    from leadline.store.home import Home
    from leadline.store.lock import writing

    with writing(Home(Path(sys.argv[1])), "refresh", FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))):
        print("held", flush=True)
        sys.stdin.readline()
""")


def take(home: Home, clock: FixedClock) -> None:
    with writing(home, "ingest", clock):
        pass


def test_the_second_writer_is_told_who_is_first(home: Home, clock: FixedClock) -> None:
    with writing(home, "refresh", clock), pytest.raises(BusyError) as busy:
        take(home, clock)
    assert str(busy.value) == (
        f"Another process is writing to this project: refresh (process {os.getpid()}) "
        "since 2026-03-01T12:00:00+00:00. Wait until it ends and run the command again."
    )
    take(home, clock)


def test_the_lock_is_given_back_when_the_work_fails(home: Home, clock: FixedClock) -> None:
    with pytest.raises(ZeroDivisionError), writing(home, "refresh", clock):
        raise ZeroDivisionError
    take(home, clock)


def test_a_killed_writer_holds_nothing(home: Home, clock: FixedClock) -> None:
    command = [sys.executable, "-c", HOLD, str(home.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match=re.escape(f"refresh (process {other.pid})")):
            take(home, clock)
        other.send_signal(signal.SIGKILL)
    assert home.writing_lock.read_text(encoding="utf-8") != "", "what it wrote there stays, and means nothing"
    take(home, clock)


def test_a_holder_that_has_said_nothing_yet_is_named_as_such(home: Home, clock: FixedClock) -> None:
    with writing(home, "refresh", clock):
        home.writing_lock.write_text("", encoding="utf-8")
        with pytest.raises(BusyError, match="just begun"):
            take(home, clock)


def test_the_lock_makes_the_home_it_needs(tmp_path: Path, clock: FixedClock) -> None:
    take(Home(tmp_path / "new" / ".leadline"), clock)
