"""What is read of a database is one table or one SELECT, and no password stands in a definition."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Database
from leadline.catalog.problems import Problem
from leadline.errors import SourceError
from leadline.store.databases.select import checked_select


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find databases without an address or with a password, and queries that are none or more than reading."""
    for source in catalog.sources.values():
        for kind in ("database", "landed"):
            declared = getattr(source, kind)
            if declared is None:
                continue
            place = catalog.place(source, kind)
            url = declared.url or ""
            if _has_password(url):
                yield Problem(
                    "error", "database-url", "A password stands in the address.", catalog.place(source, kind, "url"),
                    "Leave it out and name a secret: `secret: crm`; its value is LEADLINE_SECRET_CRM.",
                )  # fmt: skip
            elsewhere = declared.url is not None or declared.secret is not None
            if kind == "landed" and (declared.folder is None) != elsewhere:
                yield Problem(
                    "error", "database-url", "Another tool's table stands in a database or in a folder.", place,
                    "Write `url:` (or a `secret:` that holds the address), or `folder:`.",
                )  # fmt: skip
            if isinstance(declared, Database):
                for code, message, hint in _faults(declared):
                    yield Problem("error", code, message, place, hint)


def _faults(declared: Database) -> Iterator[tuple[str, str, str]]:
    if declared.url is None and declared.secret is None:
        yield (
            "database-url",
            "Nothing says where the database is.",
            "Write `url:`, or `secret:` that holds the address.",
        )
    if (declared.table is None) == (declared.query is None):
        yield "database-query", "A database is read by `table` or by `query`.", "Write one of them."
    elif declared.query is not None:
        try:
            checked_select(declared.query, _backend(declared.url or ""))
        except SourceError as error:
            yield "database-query", error.message, error.hint


def _has_password(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    named = {name.lower() for name, value in parse_qsl(parts.query) if value}
    return bool(parts.password) or bool(named & {"password", "passwd", "pwd"})


def _backend(url: str) -> str:
    return url.partition(":")[0].partition("+")[0]
