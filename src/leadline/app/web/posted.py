"""What a form sent: read within a bound."""

from starlette.requests import Request

from leadline.app.web.uploads import Given, read


async def form_of(request: Request, largest: int = 20_000) -> Given | None:
    """Give what a form sent; None where it is more bytes than the form takes."""
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > largest:
            return None
    return read(bytes(found), request.headers.get("content-type", ""))
