"""One-time codes: by time (RFC 6238: SHA-1, 30 seconds, six digits), and recovery codes for who lost the device."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote

STEP = 30
DRIFT = 1
"""So many steps a device's clock may be off, either way."""
RECOVERY = 10


def new_secret() -> str:
    """Make a shared secret: 160 random bits, in base 32."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def hotp(secret: bytes, counter: int, digits: int = 6, digest: str = "sha1") -> str:
    """Give the code of a counter (RFC 4226, section 5.3)."""
    mac = hmac.new(secret, counter.to_bytes(8, "big"), digest).digest()
    at = mac[-1] & 0x0F
    number = int.from_bytes(mac[at : at + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Give the time step whose code this is, among those that the device's clock may show; None when it is none."""
    given = code.replace(" ", "")
    key = base64.b32decode(secret)
    present = int(now.timestamp()) // STEP
    found = None
    for step in range(present - DRIFT, present + DRIFT + 1):
        if hmac.compare_digest(hotp(key, step).encode(), given.encode()):
            found = step
    return found


def address(secret: str, person: str, project: str) -> str:
    """Give what a device reads as a QR code: the secret with whose and for what it is."""
    who = f"{quote(project, safe='')}:{quote(person, safe='')}"
    return f"otpauth://totp/{who}?secret={secret}&issuer={quote(project, safe='')}"


def qr_svg(text: str) -> str:
    """Draw a QR code as SVG without any style of its own. Raises ImportError without the package segno."""
    import segno  # noqa: PLC0415 - only where a device is set up

    drawn: str = segno.make(text, error="m").svg_inline(
        scale=4, border=4, omitsize=True, svgclass="qr", lineclass=None, dark="#000", light="#fff"
    )
    return drawn


def new_recovery() -> list[str]:
    """Make recovery codes: 80 random bits each, in four groups."""
    codes = (base64.b32encode(secrets.token_bytes(10)).decode().lower() for _ in range(RECOVERY))
    return ["-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in codes]


def recovery_hash(code: str) -> str:
    """Give what is kept of a recovery code; it has enough bits to need no slow hash."""
    plain = code.strip().lower().replace("-", "").replace(" ", "")
    return hashlib.sha256(plain.encode()).hexdigest()
