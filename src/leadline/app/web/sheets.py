"""Rendered pages that many read: kept with gaps for the reader's name and token, and given again while nothing changed.

The rule: a page is shared only by those who hold the same roles for the same units, of one published state, one state
of the ledger and one minute; a page that holds anything of its reader beside the frame is not kept.
"""

import re
import secrets
from collections.abc import Callable, Hashable
from dataclasses import dataclass, fields, replace

from markupsafe import escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from leadline.app.web.asked import Asked
from leadline.app.web.contexts import Download, NoticePage, Page
from leadline.app.web.reading import Memory, Reading
from leadline.app.web.render import rendered, respond

KEPT = 64
"""So many pages are kept."""
_MARK = secrets.token_hex(12)
"""No page holds it by chance."""
_PERSON, _TOKEN = f"{_MARK}person", f"{_MARK}token"
_GAP = re.compile(f"({_PERSON}|{_TOKEN})")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A rendered page, cut at the gaps."""

    page: Page
    parts: tuple[str, ...]

    @classmethod
    def of(cls, page: Page) -> "Sheet":
        """Render a page with gaps in its frame."""
        framed = replace(page, shell=replace(page.shell, person=_PERSON, token=_TOKEN))
        return cls(framed, tuple(_GAP.split(rendered(framed))))

    def filled(self, person: str, token: str) -> str:
        """Give the page for a reader."""
        told = {_PERSON: str(escape(person)), _TOKEN: str(escape(token))}
        return "".join(told.get(part, part) for part in self.parts)

    def holds(self, text: str) -> bool:
        """Tell whether something stands in it."""
        return any(text in part for part in self.parts)


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
        view: Callable[[], Page | Download],
    ) -> Response:
        """Give a page as it was rendered for others who may see the same, or render it."""
        with reading.ledger.read() as reader:
            state = reader.last_seq
        key = (
            reading.published.generation.id, reading.published.marks.number, state,
            reading.now.replace(second=0, microsecond=0), of, asked, reading.rights,
        )  # fmt: skip
        made: list[Page | Download] = []

        def sheet() -> Sheet | None:
            page = view()
            made.append(page)
            found = None if isinstance(page, NoticePage | Download) else Sheet.of(page)
            own = found is not None and bool(reading.form_token) and found.holds(reading.form_token)
            return None if own else found

        found = self._memory.recall(key, sheet)
        if found is None:
            return respond(request, made[0] if made else view())
        return _Filled(found, reading.person.title or reading.person.name, reading.form_token)


class _Filled(HTMLResponse):
    """A sheet for a reader; who asks in a process with it, as tests do, is told what it was rendered from as well."""

    def __init__(self, sheet: Sheet, person: str, token: str) -> None:
        super().__init__(sheet.filled(person, token))
        self._page = replace(sheet.page, shell=replace(sheet.page.shell, person=person, token=token))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "http.response.debug" in scope.get("extensions", {}):
            context = {f.name: getattr(self._page, f.name) for f in fields(self._page)}
            info = {"template": self._page.template, "context": context}
            await send({"type": "http.response.debug", "info": info})
        await super().__call__(scope, receive, send)
