"""A real HTTP server on this machine that answers as an API documents, with the faults that a test orders.

A face is a function from a request to a reply. `faults` are spent in order: each says how many good answers come first.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Call:
    """A request as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes
    base: str

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def form(self) -> dict[str, str]:
        return {k: v[0] for k, v in parse_qs(self.content.decode()).items()}


@dataclass(frozen=True)
class Reply:
    """What is sent back: JSON unless it is bytes."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Face = Callable[[Call], Reply]
Kind = Literal["status", "cut", "cut-chunked", "garbage", "hang-up", "slow"]


@dataclass
class Fault:
    """Something that goes wrong once, after `after` further answers to addresses that hold `path`."""

    kind: Kind
    after: int = 0
    path: str = ""
    status: int = 429
    headers: Mapping[str, str] = field(default_factory=lambda: {"Retry-After": "0"})
    spent: bool = False


@dataclass
class Server:
    """A running server: what was asked of it, and what it is to do wrong."""

    face: Face
    faults: list[Fault] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    date: str | None = None
    delay: Callable[[], None] = lambda: None
    base: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fault(self, call: Call) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.spent or fault.path not in call.path:
                    continue
                if fault.after == 0:
                    fault.spent = True
                    return fault
                fault.after -= 1
                return None
        return None

    @property
    def paths(self) -> list[str]:
        return [call.path for call in self.calls]


class Handler(BaseHTTPRequestHandler):
    """Reads a request whole, asks the face, and answers; HTTP/1.1, so that connections stay."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "Listening"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        return self.server.state.date or super().date_time_string(timestamp)

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        state = self.server.state
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(parts.query, keep_blank_values=True).items()}
        headers = {k.lower(): v for k, v in self.headers.items()}
        call = Call(self.command, parts.path, query, headers, content, state.base)
        state.calls.append(call)
        state.delay()
        fault = state.fault(call)
        if fault and fault.kind == "hang-up":
            self.close_connection = True
            return
        if fault and fault.kind == "status":
            self._send(fault.status, fault.headers, b'{"error": "as ordered"}')
            return
        reply = state.face(call)
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        if fault and fault.kind == "garbage":
            body = body[: len(body) // 2]
        cut = len(body) // 2 if fault and fault.kind == "cut" else None
        self._send(reply.status, {"Content-Type": "application/json", **reply.headers}, body, cut)

    def _send(self, status: int, headers: Mapping[str, str], body: bytes, cut: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:cut])
        if cut is not None:
            self.wfile.flush()
            self.close_connection = True


class Listening(ThreadingHTTPServer):
    """The server's socket."""

    daemon_threads = True
    state: Server


@contextmanager
def serving(face: Face, *faults: Fault) -> Iterator[Server]:
    """Run a server in a thread, on a free port."""
    state = Server(face, list(faults))
    with Listening(("127.0.0.1", 0), Handler) as listening:
        listening.state = state
        state.base = f"http://127.0.0.1:{listening.server_port}"
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            listening.shutdown()
            thread.join()
