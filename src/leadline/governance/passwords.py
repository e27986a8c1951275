"""Passwords, hashed with Argon2id. Checking one takes as long whether there is such an account or not."""

import threading
from functools import cache
from typing import TYPE_CHECKING

from leadline.errors import AccessError
from leadline.secret import Secret

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 12, 256
_AT_ONCE = threading.BoundedSemaphore(2)
"""Each check takes 64 MB: a crowd at the door must not take all there is."""


def hashed(password: Secret, name: str) -> str:
    """Hash a new password.

    Raises:
        AccessError: it is too short, too long, or contains the account's name.
    """
    text = password.reveal()
    if not SHORTEST <= len(text) <= LONGEST or name.lower() in text.lower():
        raise AccessError(
            "This password cannot be used.", code="password",
            hint=f"At least {SHORTEST} characters, without the account's name; a few words are easy to keep.",
        )  # fmt: skip
    with _AT_ONCE:
        return _hasher().hash(text)


def holds(password: Secret, kept: str | None) -> bool:
    """Tell whether a password is the one that was kept; with none kept it is not, in the same time."""
    from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415 - only where people sign in

    text = password.reveal()
    if len(text) > LONGEST:
        return False
    with _AT_ONCE:
        try:
            _hasher().verify(kept or _nobodys(), text)
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher  # noqa: PLC0415 - only where people sign in

    return PasswordHasher()


@cache
def _nobodys() -> str:
    """Give a hash that no password has made: of random bytes."""
    import secrets  # noqa: PLC0415 - made once

    return _hasher().hash(secrets.token_bytes(32))
