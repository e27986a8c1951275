"""Rendered pages that many read: kept with gaps for the reader's name and token, and given again while nothing changed.

The rule: a page is shared only by those who hold the same roles for the same units, of one published state, one state
of the ledger and one day; a page that tells the time of day is kept for its minute, one that holds anything of its
reader beside the frame not at all.
"""

import re
import secrets
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime

from markupsafe import escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from leadline.app.web.asked import Asked
from leadline.app.web.contexts import Download, NoticePage, Page
from leadline.app.web.contexts.pieces import Generation, Shell
from leadline.app.web.reading import Memory, Reading
from leadline.app.web.render import rendered, respond
from leadline.app.web.views import shells

KEPT = 64
"""So many pages are kept."""
_MARK = secrets.token_hex(12)
"""No page holds it by chance."""
_PERSON, _TOKEN, _AGE, _STALE = (f"{_MARK}{what}" for what in ("person", "token", "age", "stale"))
_GAP = re.compile(f"({_PERSON}|{_TOKEN}|{_AGE}|{_STALE})".encode())


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a page for one reader at one instant: whose it is, and how old the figures are."""

    person: str
    token: str
    generation: Generation | None = None

    @property
    def is_stale(self) -> bool:
        """Tell whether the page says at its top that its figures are old."""
        return self.generation is not None and bool(self.generation.stale)

    def around(self, shell: Shell) -> Shell:
        """Give a page's frame as this reader sees it."""
        return replace(shell, person=self.person, token=self.token, generation=self.generation)

    def told(self) -> Mapping[bytes, bytes]:
        """Give what stands in the gaps."""
        said = {_PERSON: self.person, _TOKEN: self.token}
        if self.generation is not None:
            said |= {_AGE: self.generation.age, _STALE: self.generation.stale}
        return {gap.encode(): str(escape(words)).encode() for gap, words in said.items()}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A rendered page, cut at the gaps; `minute` is the one in which it holds, None for all day."""

    page: Page
    parts: tuple[bytes, ...]
    minute: datetime | None = None

    @classmethod
    def of(cls, page: Page, minute: datetime | None = None) -> "Sheet":
        """Render a page with gaps in its frame."""
        shown = page.shell.generation
        if shown is not None:
            shown = replace(shown, age=_AGE, stale=_STALE if shown.stale else "")
        framed = replace(page, shell=Frame(_PERSON, _TOKEN, shown).around(page.shell))
        return cls(framed, tuple(_GAP.split(rendered(framed).encode())), minute)

    def filled(self, frame: Frame) -> bytes:
        """Give the page for a reader."""
        told = frame.told()
        return b"".join(told.get(part, part) for part in self.parts)

    def holds(self, text: str) -> bool:
        """Tell whether something stands in it."""
        return any(text.encode() in part for part in self.parts)


class Sheets:
    """The pages that were rendered last. Threads share one."""

    def __init__(self) -> None:
        self._memory = Memory(KEPT)

    def respond(
        self,
        request: Request,
        reading: Reading,
        asked: Asked,
        of: Hashable,
        view: Callable[[Reading], Page | Download],
    ) -> Response:
        """Give a page as it was rendered for others who may see the same, or render it."""
        with reading.ledger.read() as reader:
            state = reader.last_seq
        minute = reading.instant.replace(second=0, microsecond=0)
        frame = Frame(
            reading.person.title or reading.person.name, reading.form_token, shells.generation(reading)
        )
        key = (
            reading.published.generation.id, reading.published.marks.number, state, frame.is_stale,
            minute.astimezone(reading.tz).date(), of, asked, reading.rights,
        )  # fmt: skip
        made: list[Page | Download] = []

        def sheet() -> Sheet | None:
            watched = replace(reading, times=[])
            page = view(watched)
            made.append(page)
            if isinstance(page, NoticePage | Download):
                return None
            found = Sheet.of(page, minute if watched.times else None)
            return None if reading.form_token and found.holds(reading.form_token) else found

        found = self._memory.recall(key, sheet, lambda kept: kept is None or kept.minute in {None, minute})
        if found is None:
            return respond(request, made[0] if made else view(reading))
        return _Filled(found, frame)


class _Filled(HTMLResponse):
    """A sheet for a reader; who asks in a process with it, as tests do, is told what it was rendered from as well."""

    def __init__(self, sheet: Sheet, frame: Frame) -> None:
        super().__init__(sheet.filled(frame))
        self._page = replace(sheet.page, shell=frame.around(sheet.page.shell))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "http.response.debug" in scope.get("extensions", {}):
            context = {f.name: getattr(self._page, f.name) for f in fields(self._page)}
            info = {"template": self._page.template, "context": context}
            await send({"type": "http.response.debug", "info": info})
        await super().__call__(scope, receive, send)
