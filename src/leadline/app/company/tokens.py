"""Which ID tokens are believed (OpenID Connect Core, 3.1.3.7): signed by the issuer, for us, now, for this sign-in.

Pure: keys and the instant are given. joserfc verifies signatures; which algorithms count is said here, by their names.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from leadline.errors import AccessError

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

SKEW = 60
"""So many seconds the provider's clock may be off."""
LONGEST_SUBJECT = 255


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say to be believed."""

    issuer: str
    client: str
    nonce: str
    algorithms: tuple[str, ...]


class UnknownKey(Exception):
    """A token names a key that is not among those that are known: they may have been changed since."""


def keys_of(said: object) -> "KeySet":
    """Give the keys of a JWKS that signatures can be made with; what is not understood, or is shared, is passed over.

    Raises:
        AccessError: there is none.
    """
    from joserfc.errors import JoseError  # noqa: PLC0415 - only where somebody signs in by the company
    from joserfc.jwk import JWKRegistry, KeySet  # noqa: PLC0415 - as above

    listed = said.get("keys") if isinstance(said, Mapping) else None
    found = []
    for one in listed if isinstance(listed, list) else []:
        if not isinstance(one, dict) or one.get("use", "sig") != "sig" or one.get("kty") not in {"RSA", "EC"}:
            continue
        try:
            found.append(JWKRegistry.import_key(one))
        except (JoseError, ValueError, TypeError, KeyError):  # RFC 7517, 5: not one that we understand
            continue
    if not found:
        raise AccessError("The company's sign-in publishes no key to verify by.", code="company-answer")
    return KeySet(found)


def verified(token: str, keys: "KeySet", wanted: Expected, now: datetime) -> Mapping[str, Any]:
    """Give what a token claims, if it is to be believed.

    Raises:
        UnknownKey: it is signed by a key that is not among these.
        AccessError: it is not to be believed; the message says in what.
    """
    from joserfc import jwt  # noqa: PLC0415 - as above
    from joserfc.errors import InvalidKeyIdError, JoseError  # noqa: PLC0415 - as above

    try:
        claims = jwt.decode(token, keys, algorithms=list(wanted.algorithms)).claims
    except InvalidKeyIdError as error:
        raise UnknownKey from error
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise AccessError(
            f"The company's token does not hold: its signature ({type(error).__name__}).", code="company-token",
            hint=f"Signatures count by {', '.join(wanted.algorithms)}: `algorithms` of the project's sign_in.",
        ) from error  # fmt: skip
    for fault in _faults(claims, wanted, now.timestamp()):
        raise AccessError(f"The company's token does not hold: {fault}.", code="company-token")
    return claims


def _faults(claims: Mapping[str, Any], wanted: Expected, now: float) -> Iterable[str]:
    """Say what is wrong with claims."""
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    begun, ends = _instant(claims.get("iat")), _instant(claims.get("exp"))
    subject = claims.get("sub")
    if claims.get("iss") != wanted.issuer:
        yield "it is of another issuer"
    if wanted.client not in named:
        yield "it is for somebody else"
    if claims.get("azp", wanted.client if len(named) == 1 else None) != wanted.client:
        yield "it was given to somebody else"
    if ends is None or now >= ends + SKEW:
        yield "it has expired"
    if begun is None or begun > now + SKEW:
        yield "it is of the future"
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), wanted.nonce.encode()):
        yield "it is of another sign-in"
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        yield "it names nobody"


def _instant(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
