"""Signing in by the company: to its provider and back, and out there as well. What failed is said on the door.

Everything that belongs to one sign-in is made of one random word that the browser keeps for ten minutes, so any server
of this project can end what another began, and an answer that the browser did not ask for opens nothing.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from leadline.app.company.provider import Flow, Provider
from leadline.app.web.guests import Guests
from leadline.app.web.signing import SIGN_IN, Signing, within
from leadline.app.web.texts import say
from leadline.errors import AccessError
from leadline.governance import backoff, sessions
from leadline.governance.company import Colleague, come_in

START, BACK, OUT = "/sign-in/company", "/sign-in/company/back", "/sign-in/company/out"
BY = "company"
"""How such a session was opened."""
LASTS = 600
LONGEST_WAY = 1000


@dataclass(frozen=True)
class Company:
    """The endpoints of signing in by the company."""

    guests: Guests
    signing: Signing
    provider: Provider

    def start(self, request: Request) -> Response:
        """`GET /sign-in/company`: send the browser to the provider."""
        then = within(request.query_params.get("then", ""))
        if not self.guests.any_accounts():
            return RedirectResponse(SIGN_IN, status_code=303)
        word = secrets.token_urlsafe(32)
        try:
            place = self.provider.begin(self._flow(request, word), self.guests.clock.now())
        except AccessError as error:
            return self.signing.refused(request, then, error, 503)
        response = RedirectResponse(place, status_code=303)
        way = quote(then if len(then) <= LONGEST_WAY else "/", safe="")
        self.guests.host.keep(request, response, BY, f"{word}.{way}", LASTS)
        response.headers["Cache-Control"] = "no-store"
        return response

    def back(self, request: Request) -> Response:
        """`GET /sign-in/company/back`: the provider has sent the browser back; find out who it is, and let them in."""
        host, now, where = self.guests.host, self.guests.clock.now(), self.guests.host.address(request)
        word, _, way = host.given(request, BY).partition(".")
        then, flow = within(unquote(way)), self._flow(request, word)
        state = request.query_params.get("state", "")
        if not word or not hmac.compare_digest(state.encode(), flow.state.encode()):
            error = AccessError(say("company.state"), code="company-state")
            return self._gone(request, self.signing.refused(request, then, error, 403))
        wait = self.guests.wait(backoff.COMPANY, where, "", now)
        if wait > timedelta(0):
            told = say("sign_in.wait", count=ceil(wait / timedelta(minutes=1)))
            error = AccessError(told, code="company-wait")
            return self._gone(request, self.signing.refused(request, then, error, 429))
        try:
            name = self._who(request, flow)
            opened = sessions.open_session(
                self.guests.ledger, name, BY, now, agent=request.headers.get("user-agent", "")
            )
        except AccessError as error:
            down = error.code == "company-down"
            if not down:
                self.guests.backoff.failed(backoff.COMPANY, where, "", now)
            self._told(where, error)
            return self._gone(request, self.signing.refused(request, then, error, 503 if down else 403))
        self.guests.passed(backoff.COMPANY, where, "", now)
        self.signing.end_former(request)
        return self._gone(request, self.signing.let_in(request, opened, then, known=False))

    def out(self, request: Request) -> Response:
        """`GET /sign-in/company/out`: send the browser to where it signs out of the company as well."""
        try:
            place = self.provider.end(self._ours(request, SIGN_IN), self.guests.clock.now())
        except AccessError as error:
            return self.signing.refused(request, "/", error, 503)
        return RedirectResponse(place, status_code=303)

    def _who(self, request: Request, flow: Flow) -> str:
        """Give the account of who came back. Raises AccessError."""
        asked, now = request.query_params, self.guests.clock.now()
        if "error" in asked or not asked.get("code"):
            word = asked.get("error", "")
            told = (
                word if word.isascii() and word.replace("_", "").isalnum() and len(word) < 60 else "no code"
            )
            raise AccessError(say("company.refused", why=told), code="company-refused")
        claims = self.provider.claims(asked["code"][:4000], asked.get("iss", ""), flow, now)
        rules = self.provider.rules
        return come_in(self.guests.ledger, Colleague.of(claims, rules), rules, now.date())

    def _told(self, where: str, error: AccessError) -> None:
        """Note in the journal that somebody came back and was not let in."""
        with self.guests.ledger.write(actor="sign-in") as writer:
            said = {"address": where, "device": "", "code": error.code}
            writer.note(backoff.FAILED, backoff.subject_of(backoff.COMPANY), after=said)

    def _flow(self, request: Request, word: str) -> Flow:
        """Give what belongs to a sign-in: each part made of its word alone, so that none tells of another."""

        def made(what: str) -> str:
            mac = hmac.new(word.encode(), f"leadline company {what}".encode(), hashlib.sha256).digest()
            return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()

        return Flow(made("state"), made("nonce"), made("verifier"), self._ours(request, BACK))

    def _ours(self, request: Request, path: str) -> str:
        """Give an address of ours as the provider knows it: by the name, already checked, under which we were asked."""
        scheme = "https" if self.guests.host.behind_https else request.url.scheme
        return f"{scheme}://{request.headers['host']}{path}"

    def _gone(self, request: Request, response: Response) -> Response:
        """Let the browser forget what belonged to this sign-in: it is good for one answer."""
        self.guests.host.drop(request, response, BY)
        return response
