"""`sign_in:` of a project: signing in by the company's OpenID provider, and the roles that its groups bring."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, field_validator

from leadline.catalog.definitions.base import Model, Name, TimeSpan

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""By what a provider may sign: a key of its own, never the secret that it shares with us, never nothing."""

Word = Annotated[str, StringConstraints(min_length=1, max_length=300)]
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class GroupRole(Model):
    """A group of the company and the role that it brings: for a unit and all below it, or everywhere."""

    group: Word
    role: Name
    unit: Name | None = None


class SignIn(Model):
    """How people sign in by the company: its provider, who we are to it, and what is made of what it says.

    Somebody is known by `issuer` and subject, never by an address of e-mail. With `accounts: known` only accounts that
    were linked come in; with `new`, others get an account named by the claim `name`. `groups` is the claim that lists
    groups, a path with dots where it lies deeper. `secret` is the name of a secret, not the secret.
    A role that a group brought ends `roles_last` after the last sign-in that confirmed it.
    """

    issuer: Word
    client: Word
    secret: Name | None = None
    title: Word | None = None
    scopes: tuple[Word, ...] = Field(default=("openid", "profile"), strict=False)
    algorithms: Annotated[tuple[Algorithm, ...], Field(min_length=1, strict=False)] = (
        "RS256",
        "PS256",
        "ES256",
    )
    accounts: Literal["known", "new"] = "known"
    name: Word = "preferred_username"
    groups: Word = "groups"
    roles: tuple[GroupRole, ...] = Field(default=(), strict=False)
    roles_last: TimeSpan = "30 days"

    @field_validator("issuer")
    @classmethod
    def _address(cls, text: str) -> str:
        parts = urlsplit(text)
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        if not safe or not parts.hostname or parts.query or parts.fragment or parts.username:
            raise ValueError("must be the issuer's https address, without a query: https://login.example.com")
        return text

    @property
    def label(self) -> str:
        """How the company's sign-in is called on the door."""
        return self.title or str(urlsplit(self.issuer).hostname)
