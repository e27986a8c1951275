"""Findings: dated statements with their evidence."""

from dataclasses import dataclass
from typing import ClassVar

from leadline.app.web.contexts.pieces import FindingLine, Picker, Shell


@dataclass(frozen=True, slots=True)
class FindingsPage:
    """What the last refresh found, filtered by links."""

    template: ClassVar[str] = "findings/list.html"

    shell: Shell
    count: str
    pickers: tuple[Picker, ...]
    lines: tuple[FindingLine, ...]
    quiet: str
