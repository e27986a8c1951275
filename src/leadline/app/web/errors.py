"""From an error to a page: the one file that knows which HTTP status an error of the rooms below is.

The rule: a reader is told what, where and what to do next; what nobody foresaw is logged and shows no inner life.
"""

import logging

from leadline.app.web.addresses import to
from leadline.app.web.contexts import NoticePage
from leadline.app.web.contexts.pieces import Link, Shell
from leadline.app.web.texts import TEXTS, say
from leadline.errors import (
    AccessError,
    BusyError,
    DefinitionError,
    ExportError,
    GovernanceError,
    IdentityError,
    LeadlineError,
    NothingPublished,
    PeriodError,
    QueryError,
    WorkError,
)

log = logging.getLogger("leadline.web")

FIGURES = "metrics:figure:read"


class Denied(AccessError):
    """Somebody may not: says which permission is missing, and can be asked for."""

    def __init__(self, permission: str, unit: str | None, why: str, name: str) -> None:
        super().__init__(
            f"This needs the permission {permission}; {why}.", code="no-access",
            hint=f"Ask for it, or ask an administrator, who sees why: leadline access explain {name} {permission}",
        )  # fmt: skip
        self.permission, self.unit = permission, unit


_COMMANDS = {"nothing-published": ("leadline refresh",), "busy": ()}


def of_error(error: LeadlineError, shell: Shell) -> NoticePage:
    """Give the page of an error of the rooms below."""
    known = f"notice.{error.code}"
    heading = say(known) if known in TEXTS else say("notice.failed")
    return NoticePage(
        shell=shell,
        status=_status(error),
        heading=heading,
        message=error.message,
        place=str(error.place) if error.place else "",
        hint=error.hint,
        code=error.code,
        commands=_COMMANDS.get(error.code, ()),
        links=(*_asking(error, shell), *_links(shell)),
    )


def of_status(status: int, shell: Shell) -> NoticePage:
    """Give the page of an HTTP error that is no error of the rooms: an address without a page, a method not known."""
    known = f"notice.{status}"
    return NoticePage(
        shell=shell,
        status=status,
        heading=say(known) if known in TEXTS else say("notice.failed"),
        message=say(f"{known}.message") if f"{known}.message" in TEXTS else say("notice.500.message"),
        place="",
        hint="",
        code="",
        commands=(),
        links=_links(shell),
    )


def unforeseen(error: Exception, shell: Shell) -> NoticePage:
    """Log an error that nobody foresaw, and give a page that says no more than that."""
    log.error("a page failed", exc_info=error)
    return of_status(500, shell)


_OTHERS = {"work-unknown": 404, "work-file-gone": 404}


def _status(error: LeadlineError) -> int:
    match error:
        case AccessError() if error.code == "no-access":
            return 403
        case QueryError() if error.code == "not-yours":
            return 403
        case AccessError():
            return 404 if error.code.startswith("unknown-") else 400
        case NothingPublished() | BusyError():
            return 503
        case QueryError() if error.code.startswith(("unknown-", "no-")):
            return 404
        case QueryError():
            return 400
        case IdentityError():
            return 404 if error.code in {"identity-record", "identity-unknown"} else 400
        case GovernanceError() | PeriodError() | ExportError():
            return 404 if error.code.startswith("unknown-") else 400
        case DefinitionError() if error.code.startswith("unknown-"):
            return 404
        case _:
            return _OTHERS.get(error.code, 400 if isinstance(error, WorkError) else 500)


def _asking(error: LeadlineError, shell: Shell) -> tuple[Link, ...]:
    """Say where somebody who is known asks for what is missing."""
    if not shell.person:
        return ()
    if isinstance(error, Denied):
        return (
            Link(
                say("access.ask_for", permission=error.permission),
                to.access(kind=error.permission, unit=error.unit),
            ),
        )
    if error.code == "not-yours":
        return (Link(say("access.ask_for", permission=FIGURES), to.access(kind=FIGURES)),)
    return ()


def _links(shell: Shell) -> tuple[Link, ...]:
    """Say where to go on to; for strangers there is only the door."""
    if not shell.person:
        return (Link(say("sign_in.title"), to.sign_in()),)
    return tuple(Link(say(f"nav.{name}"), href) for name, href in to.places())
