"""A real server on loopback for a test."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from tests.web.door import cookie_of

COOKIES: dict[str, Any] = {}
"""By which browsers are signed in at the addresses that are served."""


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve an application on a free port; give its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 30
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        if hasattr(getattr(app, "state", None), "door"):
            COOKIES[address] = cookie_of(cast("FastAPI", app), address)
        yield address
    finally:
        server.should_exit = True
        thread.join(30)
