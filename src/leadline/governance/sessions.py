"""Signing in: by name and password, with a one-time or recovery code where one is set up; and what stays open.

What a browser holds is random and is kept hashed; a new one is made at every sign-in, so that none can be planted.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadline.errors import AccessError
from leadline.governance import codes, passwords
from leadline.governance.accounts import Account, accounts, end_credentials, live
from leadline.governance.sealing import Seal
from leadline.secret import Secret, protect
from leadline.store.ledger import Ledger
from leadline.store.ledger_reader import LedgerReader
from leadline.store.people import Session

IDLE = timedelta(hours=2)
"""A session that is not used for so long ends."""
LASTS = timedelta(hours=12)
"""However much it is used, it ends after this."""
STARTED = timedelta(days=7)
"""A session of who started the server; it ends with the server at the latest."""
SEEN = timedelta(minutes=5)
"""So often, at most, it is noted that a session is in use."""
TOKEN = "ll_"  # noqa: S105 - what API tokens begin with, so that one is known when it is found somewhere


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that has just begun, and what the browser must hold to be in it."""

    token: str
    session: Session


@dataclass(frozen=True, slots=True)
class SignIn:
    """What somebody gave at the door."""

    name: str
    password: Secret
    code: str = ""


def kept(token: str) -> str:
    """Give what is kept of a random token: its SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()


def sealed_for(name: str) -> str:
    """Say what the secret of a device is sealed for."""
    return f"one-time codes of {name}"


def form_token(token: str) -> str:
    """Give what proves that a form came from a page of the session that holds this token."""
    return hmac.new(token.encode(), b"leadline forms", hashlib.sha256).hexdigest()


def sign_in(ledger: Ledger, given: SignIn, now: datetime, *, seal: Seal, agent: str = "") -> Opened:
    """Open a session by name and password, and by a code where the account has one.

    Raises:
        AccessError: they do not fit together; what of them does not is not said, nor whether there is such an account.
    """
    with ledger.read() as reader:
        one = accounts(reader, given.name).get(given.name)
        password = next(iter(live(reader, one, "password")), None) if one else None
        fits = passwords.holds(given.password, password.secret if password else None)
        if one is None or password is None or not fits or one.locked:
            raise _refused()
        second = live(reader, one, "totp")
        step, recovery = _second(reader, one, given.code, now, seal) if second else (None, None)
    how = (
        "password"
        if not second
        else "password and code"
        if recovery is None
        else "password and recovery code"
    )
    return open_session(ledger, one.name, how, now, agent=agent, step=step, uses=recovery)


def open_session(
    ledger: Ledger,
    name: str,
    how: str,
    now: datetime,
    *,
    agent: str = "",
    step: int | None = None,
    uses: int | None = None,
    lasts: timedelta = LASTS,
) -> Opened:
    """Open a session for somebody whose identity is settled; `uses` is a recovery code, which then counts no longer.

    Raises:
        AccessError: the code was used in the meantime.
    """
    token = secrets.token_urlsafe(32)
    protect(token)
    session = Session(
        id=kept(token), person=name, how=how, opened_at=now, until=now + lasts, seen_at=now, step=step,
        agent=agent[:120],
    )  # fmt: skip
    with ledger.write(actor=name) as writer:
        if step is not None and step <= writer.people.last_step(name):
            raise _refused()
        if uses is not None:
            if uses in accounts(writer, name)[name].ended:
                raise _refused()
            end_credentials(writer, name, [uses])
        writer.people.open_session(session)
    return Opened(token, session)


def present(reader: LedgerReader, token: str, now: datetime) -> Session | None:
    """Give the session that a token opens now; None when there is none, or it has ended."""
    found = reader.people.session(kept(token)) if token else None
    if found is None or found.ended_at is not None or now >= found.until:
        return None
    idle = now - found.seen_at > IDLE and not found.how.startswith("key ")
    return None if idle else found


def new_token(
    ledger: Ledger, name: str, *, actor: str, label: str, scopes: tuple[str, ...], until: datetime
) -> str:
    """Make an API token: it is shown this once, and kept hashed.

    Raises:
        AccessError: there is nothing in its scopes.
    """
    from leadline.catalog.permissions import matching  # noqa: PLC0415 - beside its one use

    if not scopes or not all(matching(scope) for scope in scopes):
        raise AccessError(
            "An API token needs scopes, each of which names a permission.", code="token-scope",
            hint="For example metrics:figure:read, or insights:*:read.",
        )  # fmt: skip
    token = TOKEN + secrets.token_urlsafe(32)
    protect(token)
    said = {"label": label[:100], "scopes": list(scopes), "until": until.isoformat()}
    with ledger.write(actor=actor) as writer:
        writer.people.add_credential(name, "token", kept(token), said)
    return token


def by_token(reader: LedgerReader, token: str, now: datetime) -> tuple[Account, tuple[str, ...]] | None:
    """Give the account and the scopes of an API token; None when it opens nothing, or not any more."""
    for found in reader.people.credentials(kind="token", secret=kept(token)):
        one = accounts(reader, found.person)[found.person]
        if (
            found.number not in one.ended
            and not one.locked
            and now < datetime.fromisoformat(found.said["until"])
        ):
            return one, tuple(found.said["scopes"])
    return None


def _second(
    reader: LedgerReader, one: Account, code: str, now: datetime, seal: Seal
) -> tuple[int | None, int | None]:
    """Give the time step of a one-time code, or the number of the recovery code; raise when it is neither."""
    (secret,) = live(reader, one, "totp")
    wanted = codes.recovery_hash(code)
    for recovery in live(reader, one, "recovery"):
        if hmac.compare_digest(recovery.secret, wanted):
            return None, recovery.number  # it needs no key: with it, who moved servers comes in
    step = codes.step_of(seal.open(secret.secret, sealed_for(one.name)), code, now)
    if step is not None and step > reader.people.last_step(one.name):
        return step, None
    raise _refused()


def _refused() -> AccessError:
    return AccessError("Name, password or code do not fit together.", code="sign-in")
