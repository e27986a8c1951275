"""Who asks: the person behind a cookie or an API token, and what comes of it. Nobody is let in by the lack of a reason.

The names of cookies carry the port, for browsers do not tell servers of one host apart; behind https they are bound to
the host and to it alone.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from leadline.catalog import UnitTree
from leadline.catalog.definitions import Role
from leadline.catalog.roles import ADMINISTRATOR, in_force
from leadline.clock import Clock
from leadline.errors import BusyError, LeadlineError
from leadline.governance import backoff, sessions
from leadline.governance.access import Held, Person, person
from leadline.governance.accounts import Account, Grant, accounts
from leadline.governance.backoff import Backoff, subject_of
from leadline.governance.sealing import Seal
from leadline.metrics.published import Published
from leadline.secret import protect
from leadline.store.ledger import Ledger
from leadline.store.people import Session

YEAR = 366 * 86400


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who has been recognised: the person, what its forms must hold, and by which session or token."""

    person: Person
    form_token: str
    session: Session | None = None

    @property
    def by_token(self) -> bool:
        """Tell whether an API token was shown: no browser sends one by itself."""
        return self.session is None


@dataclass(frozen=True)
class Host:
    """How this server stands in the network: behind a proxy with https or not."""

    behind_https: bool = False

    def cookie(self, request: Request, what: str) -> str:
        """Name a cookie."""
        port = request.url.port or 80
        return f"__Host-leadline_{what}" if self.behind_https else f"leadline_{what}_{port}"

    def keep(
        self, request: Request, response: Response, what: str, value: str, seconds: int | None = None
    ) -> None:
        """Let a browser keep a cookie: no script reads it, and no page elsewhere makes it be sent."""
        name, strict = self.cookie(request, what), what not in {"session", "company"}
        response.set_cookie(
            name, value, max_age=seconds, path="/", secure=self.behind_https, httponly=True,
            samesite="strict" if strict else "lax",
        )  # fmt: skip

    def drop(self, request: Request, response: Response, what: str) -> None:
        """Let a browser forget a cookie."""
        response.delete_cookie(self.cookie(request, what), path="/", secure=self.behind_https, httponly=True)

    def given(self, request: Request, what: str) -> str:
        """Give what a browser holds."""
        return request.cookies.get(self.cookie(request, what), "")

    def address(self, request: Request) -> str:
        """Give the address of who asks: what the proxy saw, where one is declared to stand before this server."""
        told = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        if self.behind_https and told:
            return told
        return request.client.host if request.client else ""


@dataclass
class Key:
    """The key of who started the server: good for one sign-in as administrator, while there are no accounts."""

    actor: str
    value: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    mark: str = field(default_factory=lambda: secrets.token_hex(8))
    """Sessions that it opened carry this mark: they end with the process."""
    used: bool = False

    def __post_init__(self) -> None:
        """Keep it out of every message."""
        protect(self.value)


@dataclass
class Guests:
    """Finds who asks, and holds what signing in needs."""

    ledger: Ledger
    clock: Clock
    open_published: Callable[[], Published]
    host: Host = field(default_factory=Host)
    key: Key | None = None
    backoff: Backoff = field(default_factory=Backoff)
    """What this process knows of failures; `waits` adds what the journal knows of them all."""
    seal: Seal = field(default_factory=Seal, repr=False)

    def of(self, request: Request) -> Guest | None:
        """Give who asks; None when nobody can be recognised."""
        now = self.clock.now()
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._by_token(shown.strip(), now)
        token = self.host.given(request, "session")
        with self.ledger.read() as reader:
            session = sessions.present(reader, token, now)
            if session is None:
                return None
            known = accounts(reader, session.person).get(session.person)
        one = self._person(session, known, now)
        if one is None:
            return None
        self._seen(session, now)
        return Guest(one, sessions.form_token(token), session)

    def wait(self, name: str, address: str, device: str, now: datetime) -> timedelta:
        """Give how long must be waited before the next attempt: by what all servers of this ledger have noted."""
        with self.ledger.read() as reader:
            rows = [
                row
                for verb in (backoff.FAILED, backoff.PASSED)
                for row in reader.journal(backoff.REMEMBERED, verb=verb, since=now - backoff.FORGOTTEN)
            ]
        known = backoff.replayed(sorted(rows, key=lambda row: row.seq))
        return max(known.wait(name, address, device, now), self.backoff.wait(name, address, device, now))

    def passed(self, name: str, address: str, device: str, now: datetime) -> None:
        """Forget what was counted against who has now signed in, here and in the journal, where anything was."""
        self.backoff.passed(name, address, device)
        with self.ledger.read() as reader:
            since = now - backoff.FORGOTTEN
            failed, passed = (
                max(
                    (row.seq for row in reader.journal(1, subject_of(name), verb=verb, since=since)),
                    default=0,
                )
                for verb in (backoff.FAILED, backoff.PASSED)
            )
        if failed > passed:
            with self.ledger.write(actor=name) as writer:
                writer.note(backoff.PASSED, subject_of(name), after={"address": address, "device": device})

    def any_accounts(self) -> bool:
        """Tell whether there is any account."""
        with self.ledger.read() as reader:
            return bool(accounts(reader))

    def roles(self) -> tuple[Mapping[str, Role], UnitTree]:
        """Give the roles and units in force: as published, or the standard ones before anything is."""
        try:
            catalog = self.open_published().catalog
        except LeadlineError:
            return in_force({}), UnitTree()
        return in_force(catalog.roles), catalog.units

    def _by_token(self, shown: str, now: datetime) -> Guest | None:
        with self.ledger.read() as reader:
            found = sessions.by_token(reader, shown, now)
        if found is None:
            return None
        one, scopes = found
        return Guest(person(one, *self.roles(), now.date(), scopes=scopes), "")

    def _person(self, session: Session, known: Account | None, now: datetime) -> Person | None:
        if session.how.startswith("key "):
            mine = self.key is not None and session.how == f"key {self.key.mark}"
            return administrator(session.person) if mine else None
        if known is None or known.locked:
            return None
        return person(known, *self.roles(), now.date())

    def _seen(self, session: Session, now: datetime) -> None:
        """Note that a session is in use; where that cannot be written now, it ends the earlier."""
        if now - session.seen_at < sessions.SEEN:
            return
        try:
            with self.ledger.write(actor=session.person, hurried=True) as writer:
                writer.people.see_session(session.id, now)
        except BusyError:
            return


def administrator(name: str) -> Person:
    """Give who started the server, while there are no accounts: somebody at this machine, who may do everything."""
    role = in_force({})[ADMINISTRATOR]
    return Person(name, name, (Held(Grant(0, role.name), role),))
