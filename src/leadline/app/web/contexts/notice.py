"""A page that says what is the matter and what to do: nothing published, not found, not understood, failed."""

from dataclasses import dataclass
from typing import ClassVar

from leadline.app.web.contexts.pieces import Link, Shell


@dataclass(frozen=True, slots=True)
class NoticePage:
    """One message: what, where, what to do next. `code` is the error's stable code, `commands` can be copied."""

    template: ClassVar[str] = "notice/page.html"

    shell: Shell
    status: int
    heading: str
    message: str
    place: str
    hint: str
    code: str
    commands: tuple[str, ...]
    links: tuple[Link, ...]
