"""What is around every test: an odd time zone, plain output, no network beyond this machine, a folder in memory."""

import ipaddress
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ENVIRONMENT = {
    "TZ": "Pacific/Chatham",  # 12:45 or 13:45 ahead of UTC: nothing is right there by accident
    "LC_ALL": "C.UTF-8",
    "COLUMNS": "120",
    "NO_COLOR": "1",
    "TERM": "dumb",
}

NOT_OURS = (
    *("FORCE_COLOR", "CLICOLOR_FORCE", "PY_COLORS", "LANG", "LANGUAGE", "PYTHONWARNINGS"),
    "PYTHONDONTWRITEBYTECODE",  # a process that a test starts would compile everything that it imports
)
"""What of the caller's environment no test sees."""

ROOM_IN_MEMORY = 8 * 2**30
"""Bytes: several times what all workers together have written at any moment."""


class NetworkError(RuntimeError):
    """A test tried to leave this machine."""


def stays_here(family: int, address: object) -> bool:
    """Tell whether `address` is a loopback address or no internet address at all."""
    if family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple):
        return True
    host = str(address[0])
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def guarded(method: Callable[..., Any], *, address_at: int) -> Callable[..., Any]:
    """Give `method` of a socket, refusing every address that is not on this machine."""

    def call(self: socket.socket, *args: Any) -> Any:
        if not stays_here(self.family, args[address_at]):
            raise NetworkError(
                f"a test may speak to 127.0.0.1 and to unix sockets only, not to {args[address_at]}"
            )
        return method(self, *args)

    return call


def in_memory() -> str | None:
    """Give a folder in memory that is large and ordinary enough for what tests write, if this machine has one.

    A commit waits for its disk, and a test commits some fifty times: waiting was most of what many of them did.
    """
    folder = Path("/dev/shm")  # noqa: S108 - the folder in memory itself; what tests make in it is their own
    if "TMPDIR" in os.environ or not (folder.is_dir() and os.access(folder, os.W_OK)):
        return None
    runs_programs = not os.statvfs(folder).f_flag & os.ST_NOEXEC
    return str(folder) if runs_programs and shutil.disk_usage(folder).free > ROOM_IN_MEMORY else None


def prepare(config: pytest.Config) -> None:
    """Set the environment, the folder for what is temporary, and the guard on sockets until the run ends."""
    for name in NOT_OURS:
        os.environ.pop(name, None)
    os.environ.update(ENVIRONMENT)
    time.tzset()
    sys.dont_write_bytecode = False
    if folder := in_memory():
        os.environ["TMPDIR"] = tempfile.tempdir = folder
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job is born deaf to it
    patch = pytest.MonkeyPatch()
    for name, address_at in {"connect": 0, "connect_ex": 0, "sendto": -1}.items():
        patch.setattr(socket.socket, name, guarded(getattr(socket.socket, name), address_at=address_at))
    config.add_cleanup(patch.undo)
