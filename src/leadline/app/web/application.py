"""The web application: middleware, static files, and one endpoint a route or form. Pages keep no state but a memory of
what they computed from generations that never change. Webhooks, if there are any, are kept by hooks.py."""

import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from leadline.app.web import errors
from leadline.app.web.asked import Asked
from leadline.app.web.contexts.pieces import Shell
from leadline.app.web.hooks import Hooks
from leadline.app.web.reading import Memory, Reading
from leadline.app.web.render import STATIC, respond, warm
from leadline.app.web.routes import FORMS, HOOK, ROUTES, WARM, Form, Route
from leadline.app.web.security import LOOPBACK, SecurityHeaders, is_ours
from leadline.app.web.texts import say
from leadline.app.web.views import shells
from leadline.clock import Clock, SystemClock
from leadline.errors import LeadlineError
from leadline.metrics.published import Published
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
) -> FastAPI:
    """Make the application.

    `open_published` gives the current generation (called once a request) and raises NothingPublished when there is
    none. `hooks` takes in what other systems send; `staging` gives a place where two records are compared.
    `also` names hosts by which browsers may reach the pages besides this machine's own names.
    """
    house = _House(open_published, ledger, clock or SystemClock(), staging)
    app = FastAPI(title="Leadline", docs_url=None, redoc_url=None, openapi_url=None, lifespan=house.living)
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
    staging: Callable[[], Staging] | None = None
    memory: Memory = field(default_factory=Memory)

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
                    warm(route.view(self._reading(), Asked()))
            except LeadlineError:
                continue
            except Exception:  # noqa: BLE001 - it is logged, and said to whoever asks for the page
                errors.log.exception("a first page failed")

    def endpoint(self, route: Route) -> Callable[[Request], Response]:
        """Give the endpoint of a route: read, view, render; an error becomes a page."""

        def serve(request: Request) -> Response:
            try:
                return respond(request, route.view(self._reading(), Asked.of(request), **request.path_params))
            except LeadlineError as error:
                page = errors.of_error(error, self._shell())
            except Exception as error:  # noqa: BLE001 - the last door: logged whole, shown as a page
                page = errors.unforeseen(error, shells.bare(say("notice.failed")))
            return respond(request, page)

        return serve

    def acting(self, form: Form) -> Callable[[Request], Awaitable[Response]]:
        """Give the endpoint of a form: checked to be ours, done in a thread, then on to a page."""

        async def serve(request: Request) -> Response:
            given = {
                name: str(value)
                for name, value in parse_qsl((await _body(request)).decode("utf-8", "replace"))
            }
            if not is_ours(request.headers, given):
                return respond(request, errors.of_status(403, self._shell()))
            try:
                then = await run_in_threadpool(form.act, self._reading(), given, **request.path_params)
            except LeadlineError as error:
                return respond(request, errors.of_error(error, self._shell()))
            return RedirectResponse(then, status_code=303)

        return serve

    def refused(self, request: Request, error: Exception) -> Response:
        """Answer an address without a page."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        return respond(request, errors.of_status(status, self._shell()))

    def _reading(self) -> Reading:
        return Reading(self.open_published(), self.ledger, self.memory, self.clock.now(), self.staging)

    def _shell(self) -> Shell:
        """Give the frame of a notice: with the published state where that can be read."""
        title = say("notice.title")
        try:
            return shells.shell(self._reading(), title, "")
        except LeadlineError:
            return shells.bare(title)


LARGEST = 20_000
"""Bytes of a form that are read at most."""


async def _body(request: Request) -> bytes:
    """Give what was sent, cut where it is longer than any form of ours."""
    found = b""
    async for chunk in request.stream():
        found += chunk
        if len(found) > LARGEST:
            return b""
    return found


class _Static(StaticFiles):
    """Our own files. An address with the file's hash may be kept for good."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Give a file."""
        response = await super().get_response(path, scope)
        if b"v=" in scope.get("query_string", b"") and response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
