"""The connector of a REST API: walks through its pages, remembers where it is, and gives the records.

Three ways to go on are remembered in the cursor: where in a walk it was (`at`), which records are new at the next
fetch (`since`), and the instant, by the API's own clock, up to which a walk may be trusted (`until`): what changes
while pages are read belongs to the next fetch.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from leadline.catalog.definitions.api import Api, Request
from leadline.errors import SourceError
from leadline.ingest.landing.api import answers, filling, jobs, moments, paging, waiting
from leadline.ingest.landing.api.client import Again, Answer, Client
from leadline.ingest.landing.api.credentials import Reveal
from leadline.ingest.landing.api.filling import Asked
from leadline.ingest.landing.api.paging import Position
from leadline.ingest.landing.flatten import flattened
from leadline.ingest.landing.page import Heed, Json, Page

Value = Any
"""An instant, a number or a text, as moments.py reads it."""
_EXPIRED = frozenset({"api-gone", "api-refused"})


@dataclass(slots=True)
class _State:
    """Where one kind of request stands. `start` is what `{since}` says in this run."""

    at: Position | None = None
    since: Value | None = None
    largest: Value | None = None
    until: str | None = None

    def written(self) -> dict[str, Json]:
        """Give it as a cursor keeps it."""
        kept = {"since": self.since, "largest": self.largest}
        found: dict[str, Json] = {
            name: moments.kept(value) for name, value in kept.items() if value is not None
        }
        return {**found, **{n: v for n, v in (("at", self.at), ("until", self.until)) if v is not None}}

    @classmethod
    def restored(cls, request: Request, cursor: Json) -> "_State":
        """Take it from a cursor; an empty one is a first fetch."""
        if not isinstance(cursor, dict):
            return cls()
        state = cls()
        at, until = cursor.get("at"), cursor.get("until")
        state.at = at if isinstance(at, str | int) else None
        state.until = until if isinstance(until, str) else None
        if request.since is not None:
            state.since = moments.restored(request.since, cursor.get("since"))
            state.largest = moments.restored(request.since, cursor.get("largest"))
        return state


@dataclass(frozen=True, slots=True)
class _Step:
    """A page of a walk: its records, and whether a later run may begin after it."""

    records: Sequence[Mapping[str, Any]]
    may_begin: bool = True


@dataclass(slots=True)
class ApiConnector:
    """Fetches the records of a source that declares `api:`."""

    name: str
    api: Api
    reveal: Reveal
    pace: waiting.Pace = field(default_factory=waiting.Real)

    @property
    def whole(self) -> bool:
        """Whether every run reads everything: nothing is remembered from one to the next."""
        asked = [self.api, *([self.api.parent] if self.api.parent else [])]
        return not any(r.since is not None or paging.way(r.pages).lasting for r in asked)

    def pages(self, cursor: Json, heed: Heed) -> Iterator[Page]:
        """Give the pages from a cursor on, then end.

        Raises:
            LeadlineError: a secret is not set, or the API cannot be read; what was given before stays good.
        """
        with Client(self.api, self.name, self.reveal, heed, self.pace).open() as client:
            yield from _Fetch(self.api, client, self.whole).pages(cursor)


@dataclass(slots=True)
class _Fetch:
    """One run."""

    api: Api
    client: Client
    whole: bool
    seen: int = 0

    def pages(self, cursor: Json) -> Iterator[Page]:
        kept = cursor if isinstance(cursor, dict) else {}
        own = _State.restored(self.api, kept.get("own"))
        if self.api.parent is None:
            with closing(self._walk(self.api, own, {})) as walk:
                for step in walk:
                    yield Page(self._rows(step.records), self._cursor({"own": own}, may_begin=step.may_begin))
            yield Page((), self._cursor({"own": own}, may_begin=True))
        else:
            yield from self._families(own, _State.restored(self.api.parent, kept.get("parent")))

    def _families(self, own: _State, above: _State) -> Iterator[Page]:
        """Give the children of all parents. Their own walk begins at one `since` for all of them."""
        assert self.api.parent is not None  # noqa: S101 - asked by who calls
        with closing(self._walk(self.api.parent, above, {})) as walk:
            for step in walk:
                for parent in step.records:
                    kept = {name: answers.value(parent, name) for name in self.api.parent.keep}
                    places = {f"parent.{name}": None if v is None else str(v) for name, v in kept.items()}
                    one = _State(since=own.since, until=own.until)
                    for child in self._walk(self.api, one, places):
                        own.until = own.until or one.until
                        yield Page(self._rows([{**record, "parent": kept} for record in child.records]))
                    own.largest = max((v for v in (own.largest, one.since) if v is not None), default=None)
                if self.api.since is None:
                    yield Page((), self._cursor({"own": own, "parent": above}, may_begin=step.may_begin))
        self._settle(
            self.api, own, bounded=True
        )  # a child read early may have changed while others were read
        yield Page((), self._cursor({"own": own, "parent": above}, may_begin=True))

    def _cursor(self, states: Mapping[str, _State], *, may_begin: bool) -> Json:
        if self.whole or not may_begin:
            return None
        return {name: state.written() for name, state in states.items()}

    def _rows(self, records: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Give the records, or the items of the list in them that are to be rows."""
        records = [moments.with_instants(record, self.api.instants) for record in records]
        rows = records if self.api.each is None else self._items(self.api.each, records)
        if not self.api.optional:
            return rows
        empty = dict.fromkeys(self.api.optional)
        return [{**{n: None for n in empty if n not in flattened(row)}, **row} for row in rows]

    def _items(self, each: str, records: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Give the items of a list in each record, with the record's other fields."""
        first = next((step for step in answers.steps(each) if isinstance(step, str)), "")
        rows: list[Mapping[str, Any]] = []
        for record in records:
            items = answers.values(record, each)
            rest = {name: item for name, item in record.items() if name not in (first, "parent")}
            above = {"parent": record["parent"]} if "parent" in record else {}
            for position, item in enumerate(items):
                fields = dict(item) if isinstance(item, Mapping) else {"value": item}
                rows.append({**fields, "position": position, "record": rest, **above})
        return rows

    def _walk(self, request: Request, state: _State, places: Mapping[str, str | None]) -> Generator[_Step]:
        """Give the pages of one request from where its state is, and leave the state where it ends."""
        resumed = state.at is not None
        try:
            yield from self._through(request, state, places)
        except SourceError as error:
            if not (resumed and error.code in _EXPIRED and state.at is not None):
                raise
            state.at = None  # what was remembered has expired: begin the walk again
            yield from self._through(request, state, places)
        self._settle(request, state, bounded=request.since is not None and not request.since.sorted)

    def _through(self, request: Request, state: _State, places: Mapping[str, str | None]) -> Generator[_Step]:
        way = paging.way(request.pages)
        start = self._start(request, state)
        at = state.at
        before = ""
        while True:
            records, document, answer = self._page(request, way, at, start, places)
            state.until = state.until or self.client.begun
            to = way.after(at, records, document, answer)
            if isinstance(way, paging.Linked) and to is not None:
                to = self.client.linked(str(to))
            over = paging.ended(request.pages, document, records, at, to)
            now = paging.digest(records)
            if records and now == before and not over:
                raise self.client.error(
                    "The API gives the same page twice.", code="api-repeats",
                    hint="Look at `pages`: is the parameter's name right, and does the API know it?",
                )  # fmt: skip
            before = now
            further = self._further(request, state, start, records)
            if (
                further is not None and not over
            ):  # in order: the next page is asked for from where this one ended
                start, at, before = further, None, ""
                state.since, state.largest, state.at = state.largest, None, None
                yield _Step(records)
                continue
            state.at = to if (not over and way.resumable) or way.lasting else None
            if over and to is None and way.lasting:
                state.at = at  # an answer without a next one leaves its own position as the last good one
            yield _Step(records, may_begin=way.resumable or over)
            if over:
                return
            at = to

    def _look(self, document: Any) -> None:
        """See whether an answer with a good status says that all is not well. Raises Again or SourceError."""
        busy, fails = self.api.busy, self.api.fails
        if busy is not None and answers.value(document, busy.at) in busy.says:
            raise Again(f"it answers {answers.value(document, busy.at)}", code="api-throttled")
        wrong = answers.value(document, fails.at) if fails is not None else None
        if fails is not None and isinstance(wrong, str) and wrong and wrong not in fails.except_:
            raise self.client.error(f"The API says: {wrong[:300]}", code="api-refused")

    def _start(self, request: Request, state: _State) -> str | None:
        """Give what `{since}` says: where the last fetch ended, less the overlap, or where to begin."""
        since = request.since
        if since is None:
            return None
        if state.since is None:
            return moments.begin(since)
        return moments.write(since, moments.earlier(since, state.since))

    def _further(
        self, request: Request, state: _State, start: str | None, records: Sequence[Any]
    ) -> str | None:
        """Note the largest value of a page; give it if pages are in its order and it is later than where we began."""
        since = request.since
        if since is None or not records:
            return None
        found = [answers.value(record, since.field) for record in records]
        if all(one is None for one in found):
            raise self.client.error(
                f"No record has `{since.field}`, by which the next fetch would know where to go on.", code="api-shape",
                hint="Look at `since`, and at what the API gives.",
            )  # fmt: skip
        state.largest = moments.largest(since, state.largest, found)
        if not since.sorted or state.largest is None:
            return None
        reached = moments.write(since, state.largest)
        return reached if reached != start else None

    def _settle(self, request: Request, state: _State, *, bounded: bool) -> None:
        """After a walk: the next begins where this one ended; if `bounded`, not after what the API's clock said as it
        began."""
        since = request.since
        if since is not None and state.largest is not None:
            reached = state.largest
            until = moments.said(state.until)
            if bounded and until is not None and moments.is_time(since):
                reached = min(reached, until)
            state.since = max(reached, state.since) if state.since is not None else reached
        state.largest, state.until = None, None
        if not paging.way(request.pages).lasting:
            state.at = None

    def _page(
        self,
        request: Request,
        way: paging.Way,
        at: Position | None,
        start: str | None,
        places: Mapping[str, str | None],
    ) -> tuple[list[Mapping[str, Any]], Any, Answer]:
        """Ask for one page, and read it whole."""
        known: dict[str, str | None] = {**places, "since": start}
        job = self.api.job if request is self.api else None
        if job is not None:
            known |= jobs.finished(job, self.client, known)

        def asked() -> Asked:
            filled = {**known, **self.client.places()}
            first = Asked(
                request.method,
                filling.needed(request.path, filled, in_path=True),
                filling.query(request.query, filled),
                request.headers,
                None if request.body is None else filling.body(request.body, filled),
            )
            return way.asked(first, at)

        def read(answer: Answer) -> tuple[Any, Answer]:
            document = answers.parsed(answer.content, request, answer.charset)
            self._look(document)
            return document, answer

        document, answer = self.client.send(asked, read)
        try:
            found = answers.values(document, request.records)
        except SourceError as error:
            raise self.client.error(error.message, code=error.code, hint=error.hint) from None
        if wrong := [one for one in found if not isinstance(one, Mapping)]:
            raise self.client.error(
                f"What stands at `{request.records or '$'}` are no records, but {str(wrong[0])[:40]!r}.",
                code="api-shape", hint="`records` names the list of objects in an answer.",
            )  # fmt: skip
        self.seen += len(found)
        return found, document, answer
