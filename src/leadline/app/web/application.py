"""The web application: middleware, static files, and one endpoint a route or form. Pages keep no state but a memory of
what they computed from generations that never change. Webhooks, if there are any, are kept by hooks.py."""

import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from leadline.app.company.provider import Provider
from leadline.app.web import errors
from leadline.app.web.asked import Asked
from leadline.app.web.company import BACK, OUT, START, Company
from leadline.app.web.contexts import Download, Page
from leadline.app.web.contexts.pieces import Shell
from leadline.app.web.guests import Guest, Guests, Host, Key, administrator
from leadline.app.web.hooks import Hooks
from leadline.app.web.posted import form_of
from leadline.app.web.reading import NOBODY, Bridges, Memory, Reading
from leadline.app.web.render import STATIC, respond, warm
from leadline.app.web.routes import FORMS, HOOK, ROUTES, WARM, Form, Route
from leadline.app.web.security import LOOPBACK, SecurityHeaders, is_ours
from leadline.app.web.sheets import Sheets
from leadline.app.web.signing import KEY_IN, SIGN_IN, SIGN_OUT, Signing, to_sign_in
from leadline.app.web.texts import say
from leadline.app.web.uploads import Given
from leadline.app.web.views import shells
from leadline.catalog.permissions import OWN
from leadline.clock import Clock, SystemClock
from leadline.errors import LeadlineError
from leadline.governance.access import Person, may
from leadline.governance.sealing import Seal
from leadline.metrics.published import Published
from leadline.store.home import Home
from leadline.store.ledger import Ledger
from leadline.store.staging import Staging


def create_app(
    open_published: Callable[[], Published],
    ledger: Ledger,
    *,
    also: tuple[str, ...] = (),
    clock: Clock | None = None,
    hooks: Hooks | None = None,
    staging: Callable[[], Staging] | None = None,
    home: Home | None = None,
    host: Host | None = None,
    key: Key | None = None,
    watch: Clock | None = None,
    provider: Provider | None = None,
    bridges: Bridges | None = None,
) -> FastAPI:
    """Make the application.

    `open_published` gives the current generation (called once a request) and raises NothingPublished when there is
    none. `hooks` takes in what other systems send; `staging` gives a place where two records are compared, `home` one
    where what people attach is kept.
    `also` names hosts by which browsers may reach the pages besides this machine's own names; `host` says how the
    server stands in the network. `key` lets in who started it, once, while there are no accounts. `clock` says how old
    figures look, `watch` when sessions end. By `provider` people of the company sign in.
    `bridges` works out why figures of closed periods moved.
    """
    guests = Guests(
        ledger,
        watch or SystemClock(),
        open_published,
        host or Host(),
        key,
        seal=Seal.of(home.root if home else None),
    )
    house = _House(open_published, ledger, clock or SystemClock(), guests, staging, home, bridges)
    signing = Signing(guests, provider.rules.label if provider else "")
    app = FastAPI(title="Leadline", docs_url=None, redoc_url=None, openapi_url=None, lifespan=house.living)
    app.add_route(SIGN_IN, signing.page, methods=["GET"], include_in_schema=False)
    app.add_route(SIGN_IN, signing.post, methods=["POST"], include_in_schema=False)
    app.add_route(KEY_IN, signing.by_key, methods=["GET"], include_in_schema=False)
    app.add_route(SIGN_OUT, signing.out, methods=["POST"], include_in_schema=False)
    if provider is not None:
        company = Company(guests, signing, provider)
        for path, endpoint in ((START, company.start), (BACK, company.back), (OUT, company.out)):
            app.add_route(path, endpoint, methods=["GET"], include_in_schema=False)
    for route in ROUTES:
        app.add_route(route.path, house.endpoint(route), methods=["GET"], include_in_schema=False)
    if hooks is not None:
        app.add_route(HOOK, hooks.endpoint(), methods=["POST"], include_in_schema=False)
    for form in FORMS:
        app.add_route(form.path, house.acting(form), methods=["POST"], include_in_schema=False)
    app.mount("/static", _Static(directory=STATIC), name="static")
    app.add_exception_handler(HTTPException, house.refused)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK, *also], www_redirect=False)
    app.add_middleware(SecurityHeaders)
    return app


@dataclass(frozen=True)
class _House:
    """What every endpoint shares."""

    open_published: Callable[[], Published]
    ledger: Ledger
    clock: Clock
    guests: Guests
    staging: Callable[[], Staging] | None = None
    home: Home | None = None
    bridges: Bridges | None = None
    memory: Memory = field(default_factory=Memory)
    sheets: Sheets = field(default_factory=Sheets)

    @asynccontextmanager
    async def living(self, _: FastAPI) -> AsyncIterator[None]:
        """Warm up while the first reader is still typing the address."""
        warming = threading.Thread(target=self._warm, name="warming", daemon=True)
        warming.start()
        yield
        warming.join()

    def _warm(self) -> None:
        """Make the first pages once; what is wrong with them will be said to whoever asks for them."""
        for route in ROUTES:
            try:
                if route.path in WARM:
                    warm(route.view(self._reading(administrator("warming")), Asked()))
            except LeadlineError:
                continue
            except Exception:  # noqa: BLE001 - it is logged, and said to whoever asks for the page
                errors.log.exception("a first page failed")

    def endpoint(self, route: Route) -> Callable[[Request], Response]:
        """Give the endpoint of a route: who asks, whether that may be, then read, view, render; an error is a page."""

        def serve(request: Request) -> Response:
            guest = self.guests.of(request)
            if guest is None:
                return self._unknown(request)
            try:
                _require(guest, route.permission, company=route.company)
                reading = self._reading(guest.person, guest)
                asked = Asked.of(request).within(reading.seen_units)
                given = request.path_params

                def view(reading: Reading) -> Page | Download:
                    return route.view(reading, asked, **given)

                if route.kept:
                    of = (route.path, *sorted(given.items()))
                    return self.sheets.respond(request, reading, asked, of, view)
                return respond(request, view(reading))
            except LeadlineError as error:
                page = errors.of_error(error, self._shell(guest))
            except Exception as error:  # noqa: BLE001 - the last door: logged whole, shown as a page
                page = errors.unforeseen(error, shells.bare(say("notice.failed")))
            return respond(request, page)

        return serve

    def acting(self, form: Form) -> Callable[[Request], Awaitable[Response]]:
        """Give the endpoint of a form: checked to be ours and allowed, done in a thread, then on to a page."""

        async def serve(request: Request) -> Response:
            if await run_in_threadpool(self.guests.of, request) is None:
                return self._unknown(request)  # before anything large is read
            given = await form_of(request, form.largest)
            return await run_in_threadpool(self._act, form, request, given)

        return serve

    def _act(self, form: Form, request: Request, given: Given | None) -> Response:
        guest = self.guests.of(request)
        if guest is None:
            return self._unknown(request)
        if given is None:
            return respond(request, errors.of_status(413, self._shell(guest)))
        if not guest.by_token and not is_ours(request.headers, given, guest.form_token):
            return respond(request, errors.of_status(403, self._shell(guest)))
        try:
            _require(guest, form.permission, unit=_unit(form, given), company=_is_of_company(form, given))
            then = form.act(self._reading(guest.person, guest), given, **request.path_params)
        except LeadlineError as error:
            return respond(request, errors.of_error(error, self._shell(guest)))
        if isinstance(then, str):
            return RedirectResponse(then, status_code=303)
        shown = respond(request, then)
        shown.headers["Cache-Control"] = "no-store"  # what is shown once is kept nowhere
        return shown

    def _unknown(self, request: Request) -> Response:
        """Answer whom nobody knows: a browser is sent to the door, a program and a form are told."""
        if request.method == "GET" and "authorization" not in request.headers:
            return to_sign_in(request)
        return respond(request, errors.of_status(401, shells.bare(say("notice.401"))))

    def refused(self, request: Request, error: Exception) -> Response:
        """Answer an address without a page."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        return respond(request, errors.of_status(status, self._shell(self.guests.of(request))))

    def _reading(self, person: Person = NOBODY, guest: Guest | None = None) -> Reading:
        token = guest.form_token if guest else ""
        session = guest.session.id if guest and guest.session else ""
        return Reading(
            self.open_published(), self.ledger, self.memory, self.clock.now(), self.staging, person, token, self.home,
            session, self.guests.seal, self.guests.clock.now(), bridges=self.bridges,
        )  # fmt: skip

    def _shell(self, guest: Guest | None) -> Shell:
        """Give the frame of a notice: with the published state where that can be read, and nothing for strangers."""
        title = say("notice.title")
        if guest is None:
            return shells.bare(title)
        try:
            return shells.shell(self._reading(guest.person, guest), title, "")
        except LeadlineError:
            return shells.bare(title, guest.person.title or guest.person.name, guest.form_token)


def _require(guest: Guest, permission: str, *, unit: str | None = None, company: bool = False) -> None:
    """Refuse what somebody may not, and say why not."""
    decided = may(guest.person, permission, unit=unit, everywhere=company and permission != OWN)
    if not decided.allowed:
        raise errors.Denied(permission, unit, decided.why, guest.person.name)


def _unit(form: Form, given: Given) -> str | None:
    """Give the unit to which a form says that something is done."""
    return given.get("unit") or None if form.reach == "unit" else None


def _is_of_company(form: Form, given: Given) -> bool:
    """Tell whether a form does something that is of no unit."""
    return form.reach == "company" or (form.reach == "unit" and not given.get("unit"))


class _Static(StaticFiles):
    """Our own files. An address with the file's hash may be kept for good."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Give a file."""
        response = await super().get_response(path, scope)
        if b"v=" in scope.get("query_string", b"") and response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
