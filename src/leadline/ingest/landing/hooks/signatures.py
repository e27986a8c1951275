"""Whether an event was signed by who shares the secret with us, and when, by each scheme's published rules.

Sources: Stripe, "Verify webhook signatures manually"; Zendesk, "Verifying webhooks"; Shopify, "Verify the webhook";
Segment, "Webhooks destination"; the Standard Webhooks specification; GitHub, "Validating webhook deliveries".
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

Headers = Mapping[str, str]
"""Names in lower case."""


class NotSigned(Exception):
    """An event is not signed by who shares the secret, or not now."""


def verify(
    scheme: str, secret: str, headers: Headers, body: bytes, *, now: datetime, tolerance: timedelta
) -> str | None:
    """Check an event; give the identity that the scheme signs with it, if it does.

    Raises:
        NotSigned: the signature is missing or wrong, or its time is further from `now` than `tolerance`.
    """
    return _SCHEMES[scheme](secret, headers, body, now, tolerance)


def _stripe(secret: str, headers: Headers, body: bytes, now: datetime, tolerance: timedelta) -> None:
    parts = [part.partition("=") for part in headers.get("stripe-signature", "").split(",")]
    stamp = next((value for name, _, value in parts if name.strip() == "t"), "")
    given = [value for name, _, value in parts if name.strip() == "v1"]
    _same(_mac(secret.encode(), stamp.encode() + b"." + body).hex(), given)
    _recent(_seconds(stamp), now, tolerance)


def _zendesk(secret: str, headers: Headers, body: bytes, now: datetime, tolerance: timedelta) -> None:
    stamp = headers.get("x-zendesk-webhook-signature-timestamp", "")
    made = _coded(_mac(secret.encode(), stamp.encode() + body))
    _same(made, [headers.get("x-zendesk-webhook-signature", "")])
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        raise NotSigned from None
    _recent(at if at.tzinfo else at.replace(tzinfo=UTC), now, tolerance)


def _shopify(secret: str, headers: Headers, body: bytes, now: datetime, tolerance: timedelta) -> None:
    del now, tolerance  # it signs no time
    _same(_coded(_mac(secret.encode(), body)), [headers.get("x-shopify-hmac-sha256", "")])


def _segment(secret: str, headers: Headers, body: bytes, now: datetime, tolerance: timedelta) -> None:
    del now, tolerance  # it signs no time
    if body.lstrip()[:1] == b"[":  # of a batch it signs the first event only: the others could be anybody's
        raise NotSigned
    _same(_mac(secret.encode(), body, "sha1").hex(), [headers.get("x-signature", "")])


def _standard(secret: str, headers: Headers, body: bytes, now: datetime, tolerance: timedelta) -> str:
    name, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = secret.encode()
    made = _coded(_mac(key, f"{name}.{stamp}.".encode() + body))
    signed = (part.partition(",") for part in headers.get("webhook-signature", "").split())
    _same(made, [value for version, _, value in signed if version == "v1"])
    _recent(_seconds(stamp), now, tolerance)
    if not name:
        raise NotSigned
    return name


def _hub(secret: str, headers: Headers, body: bytes, now: datetime, tolerance: timedelta) -> None:
    del now, tolerance  # it signs no time
    _same("sha256=" + _mac(secret.encode(), body).hex(), [headers.get("x-hub-signature-256", "")])


def _mac(key: bytes, text: bytes, digest: str = "sha256") -> bytes:
    return hmac.new(key, text, digest).digest()


def _coded(mac: bytes) -> str:
    return base64.b64encode(mac).decode()


def _same(made: str, given: Iterable[str]) -> None:
    """Compare in constant time, as bytes: a header may hold anything."""
    if not any(hmac.compare_digest(made.encode(), one.encode()) for one in given):
        raise NotSigned


def _seconds(stamp: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(stamp), UTC)
    except (ValueError, OverflowError, OSError):
        raise NotSigned from None


def _recent(at: datetime, now: datetime, tolerance: timedelta) -> None:
    if abs(now - at) > tolerance:
        raise NotSigned


_SCHEMES: dict[str, Callable[[str, Headers, bytes, datetime, timedelta], str | None]] = {
    "stripe": _stripe, "zendesk": _zendesk, "shopify": _shopify, "segment": _segment, "standard": _standard,
    "hub": _hub,
}  # fmt: skip
