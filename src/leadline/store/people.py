"""The ledger's area of people: accounts as events, credentials, sessions. Every write has its journal row.

No secret reaches the journal: of a credential it says kind, person and a digest, by which an edit would be found.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal

import sqlalchemy as sa

from leadline.errors import StoreError
from leadline.store import records as r
from leadline.store.journal import digest
from leadline.store.reading import Reading
from leadline.store.writing import Writing

CredentialKind = Literal["password", "totp", "recovery", "token"]


@dataclass(frozen=True, slots=True)
class PersonEvent:
    """One thing that became of an account: `verb` says what, `said` the rest of it."""

    number: int
    person: str
    verb: str
    said: Mapping[str, Any]
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Credential:
    """What an account signs in with. `secret`: an argon2 hash, a SHA-256, or (totp) the shared secret, sealed."""

    number: int
    person: str
    kind: CredentialKind
    secret: str
    said: Mapping[str, Any]
    at: datetime
    actor: str

    def __repr__(self) -> str:
        """Show what it is, never what is in it."""
        return f"Credential({self.number}, {self.person!r}, {self.kind!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser that has signed in. `id` is the SHA-256 of what its cookie holds, `until` its last moment."""

    id: str
    person: str
    how: str
    opened_at: datetime
    until: datetime
    seen_at: datetime
    step: int | None = None
    agent: str = ""
    ended_at: datetime | None = None


class PeopleReader(Reading):
    """Questions about accounts."""

    VERBS: ClassVar[frozenset[str]] = frozenset(
        {"change_person", "add_credential", "open_session", "end_session"}
    )

    def events(self, person: str | None = None) -> list[PersonEvent]:
        """Give what became of all accounts, or of one, in order."""
        table = r.person_event
        wanted = sa.true() if person is None else table.c.person == person
        return [
            PersonEvent(**row) for row in self._rows(sa.select(table).where(wanted).order_by(table.c.number))
        ]

    def credentials(
        self, person: str | None = None, *, kind: CredentialKind | None = None, secret: str | None = None
    ) -> list[Credential]:
        """Give credentials, in order, ended ones too: their events say which those are."""
        table = r.credential
        asked = {"person": person, "kind": kind, "secret": secret}
        conditions = [table.c[name] == value for name, value in asked.items() if value is not None]
        query = sa.select(table).where(*conditions).order_by(table.c.number)
        return [Credential(**row) for row in self._rows(query)]

    def session(self, session_id: str) -> Session | None:
        """Give a session, if there is one of that identifier."""
        found = self._sessions(r.session.c.id == session_id)
        return found[0] if found else None

    def sessions(self, person: str) -> list[Session]:
        """Give every session that an account ever had, the latest last."""
        return self._sessions(r.session.c.person == person)

    def last_step(self, person: str) -> int:
        """Give the latest time step of which a one-time code of the account was used; -1 when none was."""
        query = sa.select(sa.func.max(r.session.c.step)).where(r.session.c.person == person)
        found = self._connection.scalar(query)
        return -1 if found is None else int(found)

    def contents(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give every entry of the area, and what the journal must have said of it."""
        for event in self.events():
            yield f"person_event:{event.number}", _event_said(event)
        for credential in self.credentials():
            yield f"credential:{credential.number}", _credential_said(credential)
        for session in self._sessions(sa.true()):
            said = _session_said(session)
            yield f"session:{session.id[:16]}", said | _ended(session.ended_at)

    def _sessions(self, condition: sa.ColumnElement[bool]) -> list[Session]:
        rows = self._rows(sa.select(r.session).where(condition).order_by(r.session.c.number))
        return [Session(**{name: value for name, value in row.items() if name != "number"}) for row in rows]


class PeopleWriter(PeopleReader, Writing):
    """The verbs that change accounts."""

    def change(self, person: str, verb: str, said: Mapping[str, Any] | None = None) -> PersonEvent:
        """Record what becomes of an account. What may become of it decides who calls."""
        event = PersonEvent(
            self._next(r.person_event.c.number),
            person,
            verb,
            dict(said or {}),
            self._clock.now(),
            self._actor,
        )
        self._say("change_person", f"person_event:{event.number}", after=_event_said(event))
        self._insert(r.person_event, [_row(event)])
        return event

    def add_credential(
        self, person: str, kind: CredentialKind, secret: str, said: Mapping[str, Any] | None = None
    ) -> Credential:
        """Keep what an account signs in with."""
        number = self._next(r.credential.c.number)
        made = Credential(number, person, kind, secret, dict(said or {}), self._clock.now(), self._actor)
        self._say("add_credential", f"credential:{number}", after=_credential_said(made))
        self._insert(r.credential, [_row(made)])
        return made

    def open_session(self, session: Session) -> None:
        """Let a session begin.

        Raises:
            StoreError: a one-time code is used again, or the session says of itself that it has ended.
        """
        if session.ended_at is not None:
            raise StoreError("A new session has not ended.", code="ledger-session")
        if session.step is not None and session.step <= self.last_step(session.person):
            raise StoreError("This one-time code was used before.", code="code-used")
        self._say("open_session", f"session:{session.id[:16]}", after=_session_said(session))
        self._insert(r.session, [_row(session) | {"number": self._next(r.session.c.number)}])

    def end_session(self, session_id: str) -> None:
        """Let a session end now; one that has ended stays as it is."""
        open_ = (r.session.c.id == session_id) & r.session.c.ended_at.is_(None)
        at = self._clock.now()
        if self._connection.execute(sa.update(r.session).where(open_).values(ended_at=at)).rowcount:
            self._say("end_session", f"session:{session_id[:16]}", before=_ended(None), after=_ended(at))

    def see_session(self, session_id: str, at: datetime) -> None:
        """Note that a session is in use, so that it does not end for lack of it. This alone has no journal row."""
        open_ = (r.session.c.id == session_id) & r.session.c.ended_at.is_(None)
        self._connection.execute(sa.update(r.session).where(open_).values(seen_at=at))


def _row(entry: PersonEvent | Credential | Session) -> dict[str, Any]:
    """Give an entry as a row of its table."""
    return {name: getattr(entry, name) for name in type(entry).__slots__}


def _event_said(event: PersonEvent) -> dict[str, Any]:
    return {"person": event.person, "verb": event.verb, "said": dict(event.said), "at": event.at}


def _credential_said(one: Credential) -> dict[str, Any]:
    return {
        "person": one.person,
        "kind": one.kind,
        "said": dict(one.said),
        "at": one.at,
        "digest": digest(one.secret),
    }


def _session_said(one: Session) -> dict[str, Any]:
    return {
        "person": one.person, "how": one.how, "step": one.step, "agent": one.agent, "opened_at": one.opened_at,
        "until": one.until, "id": one.id, **_ended(None),
    }  # fmt: skip


def _ended(at: datetime | None) -> dict[str, Any]:
    return {"ended_at": at}
