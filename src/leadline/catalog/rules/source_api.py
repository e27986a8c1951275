"""What a source asks of an API can be asked: an address, places that something fills, paths that can be followed."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions.api import PLACE, Api, Request
from leadline.catalog.problems import Problem

_LIKE_A_PLACE = re.compile(r"\{[a-z_]+(\.[\w.]+)?\}")
_STEPS = re.compile(r'\$?(\.?([^.\["\]]+|\["[^"]+"\]|\[-?\d+\]|\[\*\]))*\??')
_HERE = ("127.0.0.1", "localhost", "::1")

Fault = tuple[tuple[str | int, ...], str, str]


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find addresses that are none, places that nothing fills, and paths that lead nowhere."""
    for source in catalog.sources.values():
        if source.api is not None:
            for path, message, hint in _faults(source.api):
                yield Problem("error", "api-definition", message, catalog.place(source, "api", *path), hint)


def _faults(api: Api) -> Iterator[Fault]:
    yield from _address(api)
    yield from _request(api, (), api)
    if api.parent is not None:
        yield from _request(api.parent, ("parent",), api)
    if api.job is not None:
        for text in (api.job.path, api.job.poll):
            yield from _places(text, ("job", "path"), {"since", "session", "job.id", *_kept(api)})
    if api.job is not None and api.pages is not None:
        yield ("pages",), "An export comes in one piece; it has no pages.", "Remove `pages`."
    if api.since is not None and not api.key:
        yield (
            ("since",),
            "What is fetched again must be told apart, and there is no `key`.",
            "Write `key: [id]`.",
        )


def _address(api: Api) -> Iterator[Fault]:
    try:
        parts = urlsplit(api.url)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host or "@" in parts.netloc or parts.scheme not in {"https", "http"}:
        yield (
            ("url",),
            "An API's address begins with https:// and a host, without a user.",
            "Secrets go under `auth`.",
        )
    elif parts.scheme == "http" and host not in _HERE:
        yield (
            ("url",),
            f"`url`: {host} would be asked without encryption.",
            "Write https://; http:// is for this machine.",
        )


def _request(request: Request, above: tuple[str, ...], api: Api) -> Iterator[Fault]:
    known = {"session"} if api.auth and api.auth.session else set()
    if request.since is not None:
        known.add("since")
    if request is api:
        known |= _kept(api) | ({"job.id", "job.result"} if api.job else set())
    yield from _places(request.path, (*above, "path"), known)
    for name, text in request.query.items():
        yield from _places(text, (*above, "query", name), known)
    yield from _places(_texts(request.body), (*above, "body"), known)
    for name in ("records", "encoded"):
        yield from _steps(getattr(request, name), (*above, name))
    if request.since is not None:
        yield from _steps(request.since.field, (*above, "since", "field"))
        used = request.path + " ".join(request.query.values()) + _texts(request.body)
        used += _texts(api.job.body) + str(api.job.query) if api.job and request is api else ""
        if "{since}" not in used:
            yield (
                (*above, "since"),
                "Nothing asks for `{since}`.",
                "Write it where the API takes the time or number.",
            )
        elif "{since}" in request.path + _texts(request.body) and request.since.begin is None:
            yield (*above, "since"), "At the first fetch nothing fills `{since}`.", "Write `begin`."


def _kept(api: Api) -> set[str]:
    return {f"parent.{name}" for name in api.parent.keep} if api.parent else set()


def _places(text: str, path: tuple[str | int, ...], known: set[str]) -> Iterator[Fault]:
    for found in _LIKE_A_PLACE.finditer(text):
        name = found[0][1:-1]
        if name in known or (path[-1] == "body" and not PLACE.fullmatch(found[0])):
            continue  # a body may hold another language, which has braces of its own
        can = ", ".join(f"{{{one}}}" for one in sorted(known)) or "none here"
        yield path, f"Nothing fills {found[0]}.", f"Known: {can}."


def _steps(path: str | None, at: tuple[str | int, ...]) -> Iterator[Fault]:
    if path is not None and not _STEPS.fullmatch(path):
        yield at, f"{path!r} is no path in an answer.", 'Write `a.b`, `a[0]`, `a[*].b` or `["a.b"]`.'


def _texts(value: Any) -> str:
    """Give all texts of a body, one after another."""
    match value:
        case str():
            return value + " "
        case dict():
            return "".join(_texts(item) for item in value.values())
        case list() | tuple():
            return "".join(_texts(item) for item in value)
        case _:
            return ""
