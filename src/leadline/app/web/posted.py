"""What a form sent: read within a bound, as texts by name."""

from urllib.parse import parse_qsl

from starlette.requests import Request

LARGEST = 20_000
"""Bytes of a form that are read at most."""


async def form_of(request: Request) -> dict[str, str]:
    """Give what a form sent; nothing where it is longer than any form of ours."""
    found = b""
    async for chunk in request.stream():
        found += chunk
        if len(found) > LARGEST:
            return {}
    return dict(parse_qsl(found.decode("utf-8", "replace")))
