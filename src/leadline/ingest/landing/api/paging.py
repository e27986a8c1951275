"""From one page to the next: what an answer says of where the next one is, and when there is none.

A position is JSON, so that a fetch can go on from it another day. The same page twice is an error, never a loop.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from leadline.catalog.definitions.api import ByCursor, ByLink, ByOffset, ByPage, ByRecord, Pages
from leadline.ingest.landing.api import answers
from leadline.ingest.landing.api.client import Answer
from leadline.ingest.landing.api.filling import Asked, put

Position = str | int
"""A page's number, how many records to pass over, a cursor, an address, or a record's field."""


class Way(Protocol):
    """One way of giving long lists."""

    @property
    def lasting(self) -> bool:
        """Whether the last position of a walk is where the next walk begins."""
        ...

    @property
    def resumable(self) -> bool:
        """Whether a walk can go on from a position after a pause: not where records move from page to page."""
        ...

    def asked(self, first: Asked, at: Position | None) -> Asked:
        """Give the request for the page at a position; None is the first."""
        ...

    def after(
        self, at: Position | None, records: Sequence[Any], document: Any, answer: Answer
    ) -> Position | None:
        """Give the position of the next page, or None after the last."""
        ...


def way(pages: Pages | None) -> Way:
    """Give the way that a source declares; one page is all there is if it declares none."""
    if pages is None:
        return Single()
    if pages.page:
        return Numbered(pages.page)
    if pages.offset:
        return Passed(pages.offset)
    if pages.cursor:
        return Word(pages.cursor)
    if pages.record:
        return Last(pages.record)
    assert pages.link is not None, "exactly one is given"  # noqa: S101 - the definition has seen to it
    return Linked(pages.link)


def _given(asked: Asked, name: str, value: Position) -> Asked:
    """Put a position into a request: into its body if it has one, else into its query."""
    if isinstance(asked.body, dict):
        return replace(asked, body=put(asked.body, name, value))
    return replace(asked, query={**asked.query, name: str(value)})


def _no_more(document: Any, path: str | None) -> bool:
    """Tell whether an answer says by itself that it is the last."""
    return path is not None and answers.value(document, path) in (False, None, "false", 0, "")


def _is_done(document: Any, path: str | None) -> bool:
    return path is not None and answers.value(document, path) in (True, "true", 1)


@dataclass(frozen=True, slots=True)
class Single:
    """Everything in one answer."""

    lasting: bool = False
    resumable: bool = False

    def asked(self, first: Asked, at: Position | None) -> Asked:
        """Give the only request."""
        del at
        return first

    def after(
        self, at: Position | None, records: Sequence[Any], document: Any, answer: Answer
    ) -> Position | None:
        """Say that there is no other."""
        del at, records, document, answer
        return None


@dataclass(frozen=True, slots=True)
class Numbered:
    """Page 1, 2, 3."""

    by: ByPage
    lasting: bool = False
    resumable: bool = False

    def asked(self, first: Asked, at: Position | None) -> Asked:
        """Name the page."""
        return _given(first, self.by.to, self.by.first if at is None else at)

    def after(
        self, at: Position | None, records: Sequence[Any], document: Any, answer: Answer
    ) -> Position | None:
        """Count on, unless the page was not full, the last, or said to be the last."""
        del answer
        here = self.by.first if at is None else int(at)
        if len(records) < (self.by.rows or 1) or _no_more(document, self.by.more):
            return None
        if self.by.last is not None:
            last = answers.value(document, self.by.last)
            if last is not None and here - self.by.first + 1 >= int(last):
                return None
        return here + 1


@dataclass(frozen=True, slots=True)
class Passed:
    """Pass over 0, 100, 200 records."""

    by: ByOffset
    lasting: bool = False
    resumable: bool = False

    def asked(self, first: Asked, at: Position | None) -> Asked:
        """Say how many to pass over."""
        return _given(first, self.by.to, 0 if at is None else at)

    def after(
        self, at: Position | None, records: Sequence[Any], document: Any, answer: Answer
    ) -> Position | None:
        """Pass over those received, unless there are no more."""
        del answer
        after = int(at or 0) + len(records)
        if len(records) < (self.by.rows or 1) or _no_more(document, self.by.more):
            return None
        total = None if self.by.total is None else answers.value(document, self.by.total)
        return None if total is not None and after >= int(total) else after


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the answer, given back."""

    by: ByCursor
    resumable: bool = True

    @property
    def lasting(self) -> bool:
        """As declared."""
        return self.by.lasting

    def asked(self, first: Asked, at: Position | None) -> Asked:
        """Give the word back, once there is one."""
        return first if at is None else _given(first, self.by.to, at)

    def after(
        self, at: Position | None, records: Sequence[Any], document: Any, answer: Answer
    ) -> Position | None:
        """Give the next word, unless the answer says that it is the last."""
        del at, records, answer
        word = answers.value(document, self.by.from_)
        stop = _no_more(document, self.by.more) or _is_done(document, self.by.done)
        return None if word in (None, "") or (stop and not self.by.lasting) else word


@dataclass(frozen=True, slots=True)
class Linked:
    """An address, in the answer or in its Link header (RFC 8288)."""

    by: ByLink
    resumable: bool = True

    @property
    def lasting(self) -> bool:
        """As declared."""
        return self.by.lasting

    def asked(self, first: Asked, at: Position | None) -> Asked:
        """Follow the address: it holds the whole query."""
        return first if at is None else replace(first, path=str(at), query={})

    def after(
        self, at: Position | None, records: Sequence[Any], document: Any, answer: Answer
    ) -> Position | None:
        """Give the next address, unless the answer says that it is the last."""
        del at, records
        if self.by.from_ is None:
            return next_link(answer.headers.get("link", ""))
        link = answers.value(document, self.by.from_)
        stop = _no_more(document, self.by.more) or _is_done(document, self.by.done)
        return None if not link or (stop and not self.by.lasting) else str(link)


@dataclass(frozen=True, slots=True)
class Last:
    """The last record's field."""

    by: ByRecord
    lasting: bool = False
    resumable: bool = True

    def asked(self, first: Asked, at: Position | None) -> Asked:
        """Name the record after which to go on."""
        return first if at is None else _given(first, self.by.to, at)

    def after(
        self, at: Position | None, records: Sequence[Any], document: Any, answer: Answer
    ) -> Position | None:
        """Name the last record of this page, unless there are no more."""
        del at, answer
        if not records or _no_more(document, self.by.more):
            return None
        found: Position | None = answers.value(records[-1], self.by.field)
        return found


def ended(
    pages: Pages | None, document: Any, records: Sequence[Any], at: Position | None, to: Position | None
) -> bool:
    """Tell whether a walk is over. A lasting position outlives its walk: there the answer itself says so."""
    if to is None:
        return True
    by = pages and (pages.cursor or pages.link)
    if not by or not by.lasting:
        return False
    said = by.done is not None or by.more is not None
    over = _no_more(document, by.more) or _is_done(document, by.done)
    return over if said else not records or to == at


def next_link(header: str) -> str | None:
    """Give the address of a Link header's `rel="next"`, None if it has none."""
    for part in header.split(",<"):
        address, _, rest = part.strip().removeprefix("<").partition(">")
        for parameter in rest.split(";"):
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "rel" and "next" in value.strip(' ",').lower().split():
                return address
    return None


def digest(records: Sequence[Mapping[str, Any]]) -> str:
    """Give what tells a page from another."""
    return hashlib.sha256(json.dumps(records, sort_keys=True, default=str).encode()).hexdigest()
