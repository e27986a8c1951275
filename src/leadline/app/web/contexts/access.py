"""Signing in, the own account, people and what they may do."""

from dataclasses import dataclass
from typing import ClassVar

from leadline.app.web.contexts.pieces import Link, Shell


@dataclass(frozen=True, slots=True)
class SignInPage:
    """The door. `token` proves that the form came from this page; `then` is where to go on to.

    `first_use`: there are no accounts, and the address that was printed leads in. `company`: by the company's sign-in.
    `code` is the name of what went wrong there; `out` leads on to signing out of the company as well.
    """

    template: ClassVar[str] = "access/sign_in.html"

    shell: Shell
    token: str
    then: str
    problem: str
    name: str
    first_use: bool
    company: Link | None = None
    code: str = ""
    out: Link | None = None
