"""Answers: from bytes to what they say, and to what stands at a path of them.

An answer that cannot be read is cut off (and asked for again) until shown otherwise; one that reads well but lacks what
the source names is a change of the API, and refused by name: it is never taken for an empty list.
"""

import base64
import binascii
import csv
import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from leadline.catalog.definitions.api import Request
from leadline.errors import SourceError, suggest

_STEP = re.compile(r'\.?(?:(?P<name>[^.\["\]]+)|\[(?:"(?P<quoted>[^"]+)"|(?P<at>-?\d+)|(?P<all>\*))\])')
LARGEST = 1 << 28
"""Bytes of one answer, unpacked."""


class CutOff(Exception):
    """An answer ends before its end, or is not what it says it is: it is worth asking once more."""


class _Missing(Exception):
    """A path leads nowhere. `near` are the keys where it ended."""

    def __init__(self, step: str, near: list[str]) -> None:
        super().__init__(step)
        self.step = step
        self.near = near


def steps(path: str) -> list[str | int | None]:
    """Give the steps of a path; None is every item of a list. Raises ValueError when it is not a path."""
    found: list[str | int | None] = []
    rest = path.removesuffix("?").removeprefix("$")
    at = 0
    while at < len(rest):
        step = _STEP.match(rest, at)
        if step is None:
            raise ValueError(f'{path!r} is not a path: write `a.b`, `a[0]`, `a[*].b` or `["a.b"]`')
        found.append(
            None if step["all"] else int(step["at"]) if step["at"] else step["quoted"] or step["name"]
        )
        at = step.end()
    return found


def values(document: Any, path: str) -> list[Any]:
    """Give what stands at a path; a list at its end is given as its items.

    Raises:
        SourceError: there is no such place, and the path does not say that it may be missing.
    """
    try:
        found = list(_walk(document, steps(path)))
    except _Missing as missing:
        if path.endswith("?"):
            return []
        listed = f"it has {', '.join(map(repr, missing.near[:20]))}" if missing.near else "there is nothing"
        raise SourceError(
            f"The answer has no {missing.step!r}, where `{path or '$'}` is to stand: {listed}.",
            code="api-shape",
            hint=suggest(missing.step, missing.near)
            or "Has the API changed? Its documentation says where records stand.",
        ) from None
    if found == [None] and path.endswith("?"):
        return []
    whole = len(found) == 1 and isinstance(found[0], list)
    return found[0] if whole else found


def value(document: Any, path: str) -> Any:
    """Give the one value at a path, None if there is none."""
    try:
        found = list(_walk(document, steps(path)))
    except _Missing:
        return None
    return found[0] if found else None


def _walk(document: Any, path: list[str | int | None]) -> Iterator[Any]:
    if not path:
        yield document
        return
    step, *rest = path
    if step is None:
        items = (
            document
            if isinstance(document, list)
            else list(document.values())
            if isinstance(document, dict)
            else None
        )
        if items is None:
            raise _Missing("[*]", [])
        for item in items:
            yield from _walk(item, rest)
    elif isinstance(step, int):
        if not isinstance(document, list) or not -len(document) <= step < len(document):
            raise _Missing(f"[{step}]", [])
        yield from _walk(document[step], rest)
    else:
        if not isinstance(document, Mapping) or step not in document:
            raise _Missing(step, [str(key) for key in document] if isinstance(document, Mapping) else [])
        yield from _walk(document[step], rest)


def parsed(content: bytes, request: Request, charset: str = "utf-8") -> Any:
    """Read an answer's bytes as the request says: a JSON document, or a list of records.

    Raises:
        CutOff: the bytes are not that.
        SourceError: they are more than can be meant.
    """
    if request.encoded is not None:
        outer = _json(content)
        text = value(outer, request.encoded)
        if not isinstance(text, str):
            return outer  # an error of the API's own, told by who looks for the records
        try:
            content = base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise CutOff(f"no base64 at `{request.encoded}`") from error
    content = _unpacked(content, request.packed)
    match request.answer:
        case "json":
            return _json(content)
        case "lines":
            return [_json(line) for line in content.splitlines() if line.strip()]
        case "csv":
            return _rows(content, charset)


def _unpacked(content: bytes, packed: str | None) -> bytes:
    try:
        if packed == "gzip":
            with gzip.open(io.BytesIO(content)) as stream:
                return _limited(stream.read(LARGEST + 1))
        if packed == "zip":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                names = [entry for entry in archive.infolist() if not entry.is_dir()]
                if len(names) != 1:
                    raise SourceError(
                        f"The archive has {len(names)} files, and one is expected.", code="api-shape"
                    )
                with archive.open(names[0]) as stream:
                    return _limited(stream.read(LARGEST + 1))
    except (zipfile.BadZipFile, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise CutOff(f"no whole {packed} file") from error
    return content


def _limited(content: bytes) -> bytes:
    if len(content) > LARGEST:
        raise too_large()
    return content


def too_large() -> SourceError:
    """Give the error of an answer beyond all measure."""
    return SourceError(
        f"One answer has more than {LARGEST >> 20} megabytes.",
        code="api-too-large",
        hint="Ask for smaller pages.",
    )


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except RecursionError as error:
        raise SourceError("The answer is nested too deeply.", code="api-shape") from error
    except ValueError as error:  # of the text or of its encoding
        shown = content[:60].decode("utf-8", "replace").strip()
        raise CutOff(f"no whole JSON (it begins {shown!r})" if shown else "an empty answer") from error


def _rows(content: bytes, charset: str) -> list[dict[str, str | None]]:
    try:
        text = content.decode("utf-8-sig" if charset.lower() in {"utf-8", "utf8"} else charset)
    except (UnicodeDecodeError, LookupError) as error:
        raise CutOff(f"no {charset} text") from error
    try:
        table = list(csv.reader(io.StringIO(text), strict=True))
    except csv.Error as error:
        raise CutOff(f"no whole CSV: {error}") from error
    if not table:
        raise CutOff("an empty answer")
    header, rows = table[0], [row for row in table[1:] if row]
    if len(set(header)) < len(header):
        raise SourceError("Two columns of the answer have one name.", code="api-shape")
    if wrong := next((n for n, row in enumerate(rows, 2) if len(row) != len(header)), None):
        raise CutOff(f"row {wrong} has another number of values than the header")
    return [dict(zip(header, row, strict=True)) for row in rows]
