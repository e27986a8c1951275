"""`POST /hooks/NAME`: the one address that takes something in. Whoever has no secret with us is told nothing.

It keeps what is signed and answers; it computes nothing, reads no figure and takes no lock. A browser cannot use it:
what comes with an `Origin` is refused, and there are no cookies that could speak for anybody.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from leadline.catalog.definitions import Webhook
from leadline.catalog.definitions.base import seconds
from leadline.clock import Clock
from leadline.errors import LeadlineError, StoreError
from leadline.ingest.landing.hooks import inbox, signatures
from leadline.secret import Secrets

log = logging.getLogger("leadline.hooks")


@dataclass(frozen=True, slots=True)
class Hooks:
    """The webhooks of a project. The default has none: every address is unknown."""

    declared: Mapping[str, Webhook]
    home: Path
    secrets: Secrets
    clock: Clock

    def endpoint(self) -> Callable[[Request], Awaitable[Response]]:
        """Give the endpoint of all of them."""

        async def receive(request: Request) -> Response:
            status, words = await self._received(request)
            return PlainTextResponse(words, status)

        return receive

    async def _received(self, request: Request) -> tuple[int, str]:
        name = str(request.path_params["name"])
        hook = self.declared.get(name)
        secret = self._secret(hook)
        if hook is None or secret is None:
            return 404, "There is nothing here.\n"
        if "origin" in request.headers or request.headers.get("sec-fetch-site", "none") != "none":
            return 403, "This address is not for browsers.\n"
        body = await _body(request, hook.most_kilobytes * 1024)
        if body is None:
            return 413, "The event is too large.\n"
        return await run_in_threadpool(self._kept, name, hook, secret, dict(request.headers), body)

    def _secret(self, hook: Webhook | None) -> str | None:
        try:
            return self.secrets.get(hook.secret).reveal() if hook else None
        except LeadlineError:  # no secret: nobody can have signed, so nobody is let in
            return None

    def _kept(
        self, name: str, hook: Webhook, secret: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, str]:
        now = self.clock.now()
        tolerance = timedelta(seconds=seconds(hook.tolerance))
        try:
            signed = signatures.verify(hook.scheme, secret, headers, body, now=now, tolerance=tolerance)
            new = inbox.keep(inbox.folder_of(self.home, name), hook, body, signed, now)
        except signatures.NotSigned:
            return 401, "The signature does not hold.\n"
        except inbox.NotJson:
            return 400, "The event is no JSON.\n"
        except StoreError as error:
            log.exception("an event for %s could not be kept: %s", name, error.message)
            return 503, "Send it again later.\n"
        return 200, "Kept.\n" if new else "Known.\n"


async def _body(request: Request, most: int) -> bytes | None:
    """Read a request's body; None when it is larger than it may be, or its sender went away."""
    said = request.headers.get("content-length", "")
    if said.isdigit() and int(said) > most:
        return None
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > most:
                return None
            parts.append(part)
    except ClientDisconnect:
        return None
    return b"".join(parts)
