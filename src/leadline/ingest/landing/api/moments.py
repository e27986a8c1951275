"""Where a fetch ended, as a value that can be compared, moved and written as an API wants it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

from leadline.catalog.definitions.api import Since
from leadline.catalog.definitions.base import seconds
from leadline.errors import SourceError

_NO_TIME = frozenset({"text", "number"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS = 1e11
"""Beyond this a number counts milliseconds: as seconds it is the year 5138, as milliseconds 1973."""
_SHORT_OFFSET = re.compile(r"([+-]\d{2})(\d{2})?$")


def is_time(since: Since) -> bool:
    """Tell whether what is remembered is an instant (else a number or a word)."""
    return since.as_ not in _NO_TIME


def read(since: Since, given: object) -> datetime | float | str | None:
    """Read a value of the field as what is compared: an instant in UTC, a number, or a text; None if there is none.

    Raises:
        SourceError: there is a value, and it is not that.
    """
    if given is None or given == "":
        return None
    try:
        if since.as_ == "number":
            return float(str(given))
        return _instant(given, since) if is_time(since) else str(given)
    except (ValueError, OverflowError, OSError) as error:
        expected = "a number" if since.as_ == "number" else "an instant"
        raise SourceError(
            f"`{since.field}` holds {str(given)[:60]!r}, which is not {expected}.",
            code="api-shape",
            hint="`since` remembers it: choose another field, or `as: text`.",
        ) from error


def _instant(given: object, since: Since) -> datetime:
    text = str(given).strip()
    if isinstance(given, int | float) or re.fullmatch(r"\d{9,14}(\.\d+)?", text):
        number = float(text)
        return datetime.fromtimestamp(number / 1000 if number > _MILLISECONDS else number, UTC)
    if "%" in since.as_:
        try:
            return _in_zone(datetime.strptime(text, since.as_), since)  # noqa: DTZ007 - its zone is the source's
        except ValueError:
            pass  # the API may write it otherwise than it wants it
    short = _SHORT_OFFSET.search(text) if len(text) > 12 else None
    if short and ":" in text:
        text = f"{text[: short.start()]}{short[1]}:{short[2] or '00'}"
    return _in_zone(datetime.fromisoformat(text), since)


def _in_zone(moment: datetime, since: Since) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(since.time_zone))).astimezone(UTC)


def write(since: Since, at: datetime | float | str) -> str:
    """Write a value as the API wants it; an instant is cut, never rounded up, so that nothing falls between."""
    if not isinstance(at, datetime):
        return f"{at:.0f}" if isinstance(at, float) and at.is_integer() else str(at)
    match since.as_:
        case "epoch":
            return str(int(at.timestamp()))
        case "epoch_ms":
            return str(int(at.timestamp() * 1000))
        case "iso":
            text = at.isoformat(timespec="milliseconds" if at.microsecond else "seconds")
            return text.replace("+00:00", "Z")
        case "date":
            return at.astimezone(ZoneInfo(since.time_zone)).date().isoformat()
        case pattern:
            return at.astimezone(ZoneInfo(since.time_zone)).strftime(pattern)


def begin(since: Since) -> str | None:
    """Give what is asked for at the very first fetch."""
    if since.begin is None:
        return None
    at = read(since, since.begin)
    return None if at is None else write(since, at)


def kept(at: datetime | float | str) -> str | float:
    """Give a value as the cursor keeps it."""
    return at.isoformat() if isinstance(at, datetime) else at


def restored(since: Since, at: object) -> datetime | float | str | None:
    """Give a value that the cursor kept."""
    if isinstance(at, str) and is_time(since):
        return datetime.fromisoformat(at)
    return at if isinstance(at, float | str) else float(at) if isinstance(at, int) else None


def earlier(since: Since, at: datetime | float | str) -> datetime | float | str:
    """Give a value moved back by the declared overlap."""
    if isinstance(at, datetime) and since.overlap != "none":
        return at - timedelta(seconds=seconds(since.overlap))
    return at


def largest(
    since: Since, known: datetime | float | str | None, found: Sequence[object]
) -> datetime | float | str | None:
    """Give the largest of what is known and what records hold.

    Raises:
        SourceError: a value cannot be read.
    """
    read_ = [at for given in found if (at := read(since, given)) is not None]
    return max([*([] if known is None else [known]), *read_], default=None)


def with_instants(record: Mapping[str, Any], paths: Iterable[str]) -> Mapping[str, Any]:
    """Give a record whose fields at some dotted paths, seconds or milliseconds since 1970, are instants in UTC."""
    for path in paths:
        record = _with_instant(record, path.split("."))
    return record


def _with_instant(record: Mapping[str, Any], path: list[str]) -> Mapping[str, Any]:
    first, *rest = path
    given = record.get(first)
    if rest:
        return {**record, first: _with_instant(given, rest)} if isinstance(given, Mapping) else record
    if isinstance(given, str) and re.fullmatch(r"-?\d+(\.\d+)?", given):
        given = float(given)
    if isinstance(given, bool) or not isinstance(given, int | float):
        return record
    moment = _EPOCH + timedelta(seconds=given / 1000 if abs(given) > _MILLISECONDS else given)
    return {**record, first: moment.isoformat()}


def said(date: str | None) -> datetime | None:
    """Give the instant of an answer's Date header, None if it has none."""
    if not date:
        return None
    try:
        return parsedate_to_datetime(date).astimezone(UTC)
    except (ValueError, TypeError):
        return None
