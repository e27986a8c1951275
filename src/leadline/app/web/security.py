"""What every response carries, and which host names may ask.

The host check keeps a web page elsewhere from reading these pages through a name that it points at this machine
(DNS rebinding); the policy allows nothing but our own style sheet, script and images.
"""

import hmac
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SecurityHeaders:
    """Adds the headers to every response, errors included; pages are never kept by a shared cache."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its response back with the headers."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)  # a file that is given back has a stricter one
                headers.setdefault("Cache-Control", "private, no-cache")
            await send(message)

        await self._app(scope, receive, sent)


def is_ours(headers: Mapping[str, str], given: Mapping[str, str], token: str) -> bool:
    """Tell whether a form was sent from a page of this server: it holds the token of the session that sends it.

    A page elsewhere can make a browser send the form, but cannot read the token that stands in ours.
    """
    site, origin = headers.get("sec-fetch-site", "same-origin"), headers.get("origin")
    same = origin in {None, "null"} or str(origin).partition("://")[2] == headers.get("host")
    held = hmac.compare_digest(given.get("token", "").encode(), token.encode())
    return site == "same-origin" and same and bool(token) and held
