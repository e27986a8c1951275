"""The door: signing in by form or by the one-time key that was printed, and signing out.

Nothing here says whether there is an account of a name. Where to go on to is an address of this server or nothing.
"""

import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from leadline.app.web.addresses import to
from leadline.app.web.contexts import NoticePage, SignInPage
from leadline.app.web.contexts.pieces import Link
from leadline.app.web.guests import YEAR, Guests
from leadline.app.web.posted import form_of
from leadline.app.web.render import respond
from leadline.app.web.security import is_ours
from leadline.app.web.texts import say
from leadline.app.web.views import shells
from leadline.errors import AccessError
from leadline.governance import backoff, sessions
from leadline.governance.accounts import account
from leadline.governance.sessions import Opened, SignIn
from leadline.secret import Secret

SIGN_IN, SIGN_OUT, KEY_IN = "/sign-in", "/sign-out", "/sign-in/key"


@dataclass(frozen=True)
class Signing:
    """The endpoints of signing in and out."""

    guests: Guests
    company: str = ""
    """How the company's sign-in is called, if there is one."""

    def page(self, request: Request) -> Response:
        """`GET /sign-in`: the form."""
        then = within(request.query_params.get("then", ""))
        if self.guests.of(request) is not None:
            return RedirectResponse(then, status_code=303)
        return self._page(
            request, then, out=bool(self.company) and request.query_params.get("out") == "company"
        )

    def refused(self, request: Request, then: str, error: AccessError, status: int) -> Response:
        """Show the door, with why somebody who came from the company is not let in."""
        return self._page(
            request, then, f"{error.message} {error.hint}".strip(), status=status, code=error.code
        )

    def by_key(self, request: Request) -> Response:
        """`GET /sign-in/key?key=…`: exchange the one-time key for a session at once."""
        key = self.guests.key
        given = request.query_params.get("key", "")
        fits = key is not None and hmac.compare_digest(given.encode(), key.value.encode())
        if key is None or not fits or key.used or self.guests.any_accounts():
            return self._page(request, "/", say("sign_in.key_used"), status=403)
        key.used = True
        opened = sessions.open_session(
            self.guests.ledger, key.actor, f"key {key.mark}", self.guests.clock.now(),
            agent=request.headers.get("user-agent", ""), lasts=sessions.STARTED,
        )  # fmt: skip
        return self.let_in(request, opened, "/", known=False)

    async def post(self, request: Request) -> Response:
        """`POST /sign-in`: check what was filled in."""
        given: Mapping[str, str] = await form_of(request) or {}
        return await run_in_threadpool(self._checked, request, given)

    async def out(self, request: Request) -> Response:
        """`POST /sign-out`: end this session."""
        given: Mapping[str, str] = await form_of(request) or {}
        return await run_in_threadpool(self._out, request, given)

    def _out(self, request: Request, given: Mapping[str, str]) -> Response:
        guest = self.guests.of(request)
        if guest is not None and guest.session is not None:
            if not is_ours(request.headers, given, guest.form_token):
                return respond(request, _notice(403))
            with self.guests.ledger.write(actor=guest.person.name) as writer:
                writer.people.end_session(guest.session.id)
        by_company = (
            bool(self.company)
            and guest is not None
            and guest.session is not None
            and guest.session.how == "company"
        )
        response = RedirectResponse(f"{SIGN_IN}?out=company" if by_company else SIGN_IN, status_code=303)
        self.guests.host.drop(request, response, "session")
        return response

    def _checked(self, request: Request, given: Mapping[str, str]) -> Response:
        host, now = self.guests.host, self.guests.clock.now()
        then, name = within(given.get("then", "")), given.get("name", "").strip().lower()[:100]
        before = host.given(request, "before")
        if not before or not is_ours(request.headers, given, sessions.form_token(before)):
            return self._page(request, then, say("sign_in.again"), name=name, status=403)
        where, device = host.address(request), self._device(request, name)
        wait = self.guests.wait(name, where, device, now)
        if wait > timedelta(0):
            minutes = ceil(wait / timedelta(minutes=1))
            return self._page(request, then, say("sign_in.wait", count=minutes), name=name, status=429)
        try:
            opened = sessions.sign_in(
                self.guests.ledger, SignIn(name, Secret(given.get("password", "")), given.get("code", "")), now,
                seal=self.guests.seal, agent=request.headers.get("user-agent", ""),
            )  # fmt: skip
        except AccessError as error:
            if error.code == "seal-key":  # the password fits: it is this server that lacks something
                return self.refused(request, then, error, 503)
            self.guests.backoff.failed(name, where, device, now)
            self._told(name, where, device)
            return self._page(request, then, say("sign_in.wrong"), name=name, status=403)
        self.guests.passed(name, where, device, now)
        self.end_former(request)
        return self.let_in(request, opened, then)

    def _device(self, request: Request, name: str) -> str:
        """Name a browser that has signed in to this account before, by the session it had then."""
        token = self.guests.host.given(request, "device")
        if not token:
            return ""
        with self.guests.ledger.read() as reader:
            former = reader.people.session(sessions.kept(token))
        return former.id if former is not None and former.person == name else ""

    def _told(self, name: str, where: str, device: str) -> None:
        """Note a failure in the journal, of accounts that there are; what else was typed may be a password."""
        with self.guests.ledger.read() as reader:
            known = bool(reader.people.events(name))
        if known:
            with self.guests.ledger.write(actor="sign-in") as writer:
                said = {"address": where, "device": device}
                writer.note(backoff.FAILED, backoff.subject_of(account(writer, name).name), after=said)

    def end_former(self, request: Request) -> None:
        """End the session that the browser came with: nobody goes on with what was open before."""
        guest = self.guests.of(request)
        if guest is not None and guest.session is not None:
            with self.guests.ledger.write(actor=guest.person.name) as writer:
                writer.people.end_session(guest.session.id)

    def let_in(self, request: Request, opened: Opened, then: str, *, known: bool = True) -> Response:
        response = RedirectResponse(then, status_code=303)
        host = self.guests.host
        host.keep(request, response, "session", opened.token)
        if known:
            host.keep(request, response, "device", opened.token, YEAR)
        host.drop(request, response, "before")
        return response

    def _page(
        self, request: Request, then: str, problem: str = "", *, name: str = "", status: int = 200,
        code: str = "", out: bool = False,
    ) -> Response:  # fmt: skip
        before = self.guests.host.given(request, "before") or secrets.token_urlsafe(24)
        page = SignInPage(
            shell=shells.bare(say("sign_in.title")),
            token=sessions.form_token(before),
            then=then,
            problem=problem,
            name=name,
            first_use=not self.guests.any_accounts(),
            company=Link(say("sign_in.company", company=self.company), to.sign_in_company(then=then))
            if self.company
            else None,
            code=code,
            out=Link(say("sign_in.out.company", company=self.company), to.sign_out_company())
            if out
            else None,
        )
        response = respond(request, page, status=status)
        response.headers["Cache-Control"] = "no-store"
        self.guests.host.keep(request, response, "before", before)
        return response


Endpoint = Callable[[Request], Response] | Callable[[Request], Awaitable[Response]]


def within(then: str) -> str:
    """Give an address of this server, as it was asked for; the first page for everything else."""
    parts = urlsplit(then)
    plain = then.startswith("/") and not then.startswith(("//", "/\\")) and "\\" not in then
    if (
        not plain
        or parts.scheme
        or parts.netloc
        or any(ord(c) < 32 for c in then)
        or parts.path.startswith("/sign-")
    ):
        return "/"
    return then


def to_sign_in(request: Request) -> Response:
    """Send somebody to the door, to come back here."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"{SIGN_IN}?then={quote(within(asked), safe='')}", status_code=303)


def _notice(status: int) -> NoticePage:
    title = say(f"notice.{status}")
    return NoticePage(shells.bare(title), status, title, say(f"notice.{status}.message"), "", "", "", (), ())
