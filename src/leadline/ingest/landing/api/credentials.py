"""Who asks: each scheme puts its credentials into headers, never into addresses, and forgets what was refused."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

from leadline.catalog.definitions.api import (
    Auth,
    Basic,
    Bearer,
    ClientCredentials,
    Header,
    RefreshToken,
    Session,
)
from leadline.errors import SourceError
from leadline.ingest.landing.api import answers
from leadline.secret import Secret, protect

Reveal = Callable[[str], Secret]
"""Gives a secret by its name."""

Post = Callable[[str, Mapping[str, str], bytes], Any]
"""Sends a form or a document to an address, with headers, and gives the JSON of the answer."""


class Credentials(Protocol):
    """What a client asks for before each request."""

    def headers(self) -> Mapping[str, str]:
        """Give the headers that say who asks; may fetch a token."""
        ...

    def places(self) -> Mapping[str, str]:
        """Give what fills `{session}`, if the API wants its key elsewhere than in a header."""
        ...

    def refused(self) -> bool:
        """Forget what the API has refused; tell whether asking again may help."""
        ...


@dataclass(slots=True)
class Fixed:
    """Credentials that stay what they are: a refusal is a refusal."""

    given: Mapping[str, str] = field(repr=False)

    def headers(self) -> Mapping[str, str]:
        """Give the same headers every time."""
        return self.given

    def places(self) -> Mapping[str, str]:
        """Give nothing."""
        return {}

    def refused(self) -> bool:
        """Say that asking again will not help."""
        return False


@dataclass(slots=True)
class Token:
    """A token that is fetched when it is needed, and once more when it was refused."""

    post: Post
    url: str
    form: Callable[[], tuple[Mapping[str, str], dict[str, str]]]
    current: str | None = field(default=None, repr=False)
    renewed: str | None = field(default=None, repr=False)
    """A refresh token that came with a token: it replaces the one before."""

    def headers(self) -> Mapping[str, str]:
        """Give the token, fetched if there is none. Raises SourceError when none is given."""
        if self.current is None:
            headers, form = self.form()
            if self.renewed is not None and "refresh_token" in form:
                form["refresh_token"] = self.renewed
            given = self.post(self.url, headers, _form(form))
            token = answers.value(given, "access_token")
            if not isinstance(token, str) or not token:
                raise SourceError(
                    f"{self.url} gave no access token.", code="api-credentials",
                    hint="Look at the client's id, its secret and its rights.",
                )  # fmt: skip
            self.current = token
            protect(token)
            fresh = answers.value(given, "refresh_token")
            if isinstance(fresh, str) and fresh:
                self.renewed = fresh
                protect(fresh)
        return {"Authorization": f"Bearer {self.current}"}

    def places(self) -> Mapping[str, str]:
        """Give nothing."""
        return {}

    def refused(self) -> bool:
        """Forget the token."""
        self.current = None
        return True


@dataclass(slots=True)
class Login:
    """A key that a login gives, for a header or for the body of each request."""

    post: Post
    url: str
    scheme: Session
    secret: str = field(repr=False)
    key: str | None = field(default=None, repr=False)

    def _logged_in(self) -> str:
        if self.key is None:
            body = json.dumps(_with_secret(self.scheme.body, self.secret)).encode()
            given = self.post(self.url, {"Content-Type": "application/json"}, body)
            key = answers.value(given, self.scheme.key)
            if not isinstance(key, str) or not key:
                raise SourceError(
                    f"The login at {self.url} gave no key at `{self.scheme.key}`.",
                    code="api-credentials", hint="Look at the user, the secret and the user's rights.",
                )  # fmt: skip
            protect(key)
            self.key = key
        return self.key

    def headers(self) -> Mapping[str, str]:
        """Give the key, if it belongs into a header."""
        return {self.scheme.header: self._logged_in()} if self.scheme.header else {}

    def places(self) -> Mapping[str, str]:
        """Give the key for `{session}`."""
        return {"session": self._logged_in()}

    def refused(self) -> bool:
        """Forget the key."""
        self.key = None
        return True


def credentials(auth: Auth | None, reveal: Reveal, post: Post, absolute: Callable[[str], str]) -> Credentials:
    """Make the credentials that a source declares. `absolute` turns a path into an address of the API.

    Raises:
        LeadlineError: a secret is not set.
    """
    match auth and next(way for name in type(auth).model_fields if (way := getattr(auth, name))):
        case None:
            return Fixed({})
        case Bearer() as way:
            secret = reveal(way.secret).reveal()
            return Fixed({"Authorization": f"Bearer {secret}"})
        case Basic() as way:
            secret = reveal(way.secret).reveal()
            pair = f"{secret}:{way.password}" if way.as_user else f"{way.user}:{secret}"
            return Fixed({"Authorization": f"Basic {_coded(pair)}"})
        case Header() as way:
            secret = reveal(way.secret).reveal()
            return Fixed({way.name: f"{way.prefix}{secret}"})
        case ClientCredentials() as way:
            return _client(way, reveal, post, absolute)
        case RefreshToken() as way:
            return _refreshed(way, reveal, post, absolute)
        case Session() as way:
            return Login(post, absolute(way.path), way, reveal(way.secret).reveal())
    raise AssertionError(auth)


def _client(way: ClientCredentials, reveal: Reveal, post: Post, absolute: Callable[[str], str]) -> Token:
    secret = reveal(way.secret).reveal()
    coded = _coded(f"{way.client_id}:{secret}")

    def form() -> tuple[Mapping[str, str], dict[str, str]]:
        asked = {"grant_type": "client_credentials", **way.extra}
        if way.scope:
            asked["scope"] = way.scope
        if way.by == "basic":
            return {"Authorization": f"Basic {coded}"}, asked
        return {}, {**asked, "client_id": way.client_id, "client_secret": secret}

    return Token(post, absolute(way.token_url), form)


def _refreshed(way: RefreshToken, reveal: Reveal, post: Post, absolute: Callable[[str], str]) -> Token:
    refresh = reveal(way.refresh).reveal()
    secret = reveal(way.secret).reveal() if way.secret else None

    def form() -> tuple[Mapping[str, str], dict[str, str]]:
        asked = {"grant_type": "refresh_token", "refresh_token": refresh, "client_id": way.client_id}
        if way.scope:
            asked["scope"] = way.scope
        return {}, asked if secret is None else {**asked, "client_secret": secret}

    return Token(post, absolute(way.token_url), form)


def _coded(pair: str) -> str:
    """Write user and password as a header holds them, which is a secret too."""
    coded = base64.b64encode(pair.encode()).decode()
    protect(coded)
    return coded


def _form(fields: Mapping[str, str]) -> bytes:
    return urlencode(fields).encode()


def _with_secret(written: Any, secret: str) -> Any:
    match written:
        case str():
            return written.replace("{secret}", secret)
        case dict():
            return {key: _with_secret(item, secret) for key, item in written.items()}
        case list() | tuple():
            return [_with_secret(item, secret) for item in written]
        case _:
            return written
