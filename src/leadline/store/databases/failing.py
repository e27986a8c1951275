"""What a database of others raises, under names of our own, with what to do. No message holds an address."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import exc

from leadline.errors import LeadlineError, SourceError


class _Kind(NamedTuple):
    """One way in which reading fails."""

    code: str
    says: str
    hint: str


_LOGIN = _Kind(
    code="database-login", says="The database does not let us in", hint="Look at the user and the secret."
)
_DENIED = _Kind(code="database-denied", says="The database's user may not read this", hint="Grant it SELECT.")
_TABLE = _Kind(
    code="database-table",
    says="The database has no such table or column",
    hint="Look at `table`, `key` and `updated`.",
)
_UNREACHABLE = _Kind(
    code="database-unreachable",
    says="The database cannot be reached",
    hint="Look at the address, and whether it runs.",
)
_GONE = _Kind(
    code="database-gone",
    says="The database went away half way",
    hint="Run again: it goes on where it was, or begins anew.",
)
_FAILED = _Kind(code="database-failed", says="The database refuses", hint="")

_STATES = {
    "28P01": _LOGIN, "28000": _LOGIN, "3D000": _UNREACHABLE, "42P01": _TABLE, "42703": _TABLE, "3F000": _TABLE,
    "42501": _DENIED, "57P01": _GONE, "57P02": _GONE, "57P03": _UNREACHABLE, "53300": _UNREACHABLE,
}  # fmt: skip
"""SQLSTATE of PostgreSQL."""

_NUMBERS = {
    1045: _LOGIN, 1698: _LOGIN, 1044: _DENIED, 1142: _DENIED, 1143: _DENIED, 1049: _UNREACHABLE, 1146: _TABLE,
    1054: _TABLE, 2002: _UNREACHABLE, 2003: _UNREACHABLE, 2005: _UNREACHABLE, 2006: _GONE, 2013: _GONE, 1053: _GONE,
    1927: _GONE,
}  # fmt: skip
"""Error numbers of MySQL and MariaDB."""

_WORDS = (
    ("unable to open database file", _UNREACHABLE), ("file is not a database", _UNREACHABLE),
    ("no such table", _TABLE), ("no such column", _TABLE), ("database is locked", _GONE),
    ("disk i/o error", _GONE), ("password authentication failed", _LOGIN), ("no password supplied", _LOGIN),
    ("connection is lost", _GONE), ("server closed the connection", _GONE), ("terminating connection", _GONE),
    ("the connection is closed", _GONE), ("connection refused", _UNREACHABLE), ("does not exist", _TABLE),
    ("could not translate host name", _UNREACHABLE), ("name or service not known", _UNREACHABLE),
)  # fmt: skip
"""What drivers say where they give no number; SQLite never does."""


@contextmanager
def reading(*, begun: bool) -> Iterator[None]:
    """Turn what a driver raises into a SourceError; `begun` says whether the connection stood already."""
    try:
        yield
    except LeadlineError:
        raise
    except exc.DBAPIError as error:
        raise named(error.orig or error, begun=begun) from None
    except exc.SQLAlchemyError as error:
        raise SourceError(
            f"The database cannot be read: {type(error).__name__}.", code="database-failed"
        ) from None
    except OSError as error:
        raise named(error, begun=begun) from None


def named(error: BaseException, *, begun: bool) -> SourceError:
    """Give a driver's error its name."""
    words = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    kind = _kind(error, str(error), begun=begun)
    return SourceError(f"{kind.says}: {words.rstrip('.')}.", code=kind.code, hint=kind.hint)


def _kind(error: BaseException, words: str, *, begun: bool) -> _Kind:
    state = getattr(error, "sqlstate", None)
    if state in _STATES:
        return _STATES[state]
    first = error.args[0] if error.args else None
    if isinstance(first, int) and first in _NUMBERS:
        found = _NUMBERS[first]
        return _GONE if begun and found is _UNREACHABLE else found
    low = words.lower()
    for part, kind in _WORDS:
        if part in low:
            return kind
    if not begun:
        return _UNREACHABLE
    lost = type(error).__name__ in {"OperationalError", "InterfaceError"} or isinstance(error, OSError)
    return _GONE if lost and not type(error).__module__.startswith("sqlite3") else _FAILED
