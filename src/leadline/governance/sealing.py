"""What must be given back and must not be read where it lies: sealed by a key that does not stand in the ledger.

The key is 32 random bytes in a file that nobody else may read, or a secret that several servers are given. Sealing is
HMAC-SHA256 in its two plain uses: a pad, made for each text anew, hides it, and a tag proves it (encrypt, then MAC).
"""

import base64
import hashlib
import hmac
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from leadline.errors import AccessError
from leadline.secret import VARIABLE, protect

FILE, NAME = "ledger.key", "ledger_key"
LONGEST = 32
"""Bytes that one pad hides."""
_MARK = "sealed1"


@dataclass(frozen=True, slots=True)
class Seal:
    """Seals texts, and opens what was sealed by the same key for the same purpose."""

    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    @classmethod
    def of(cls, home: Path | None, environment: "os._Environ[str] | dict[str, str]" = os.environ) -> "Seal":
        """Give the seal of a project whose `.leadline` is `home`; its key is made where there is none.

        Raises:
            AccessError: others may read the key, or it is none (`seal-key`).
        """
        given = environment.get(VARIABLE + NAME.upper(), "")
        if given:
            protect(given)
            if len(given) < 32:
                raise AccessError(
                    f"{VARIABLE}{NAME.upper()} is too short to seal by.", code="seal-key",
                    hint="Give 32 random characters or more, the same to every server.",
                )  # fmt: skip
            return cls(hashlib.sha256(given.encode()).digest())
        if home is None:  # nothing is kept beyond this process
            return cls()
        return cls(_kept(home / FILE))

    @property
    def mark(self) -> str:
        """Name the key without telling of it."""
        return hmac.new(self.key, b"leadline key", hashlib.sha256).hexdigest()[:12]

    def close(self, text: str, about: str) -> str:
        """Seal a short text of ASCII; `about` says whose and what for, and must be said again to open it."""
        plain, nonce = text.encode("ascii"), secrets.token_bytes(16)
        if len(plain) > LONGEST:
            raise ValueError("too long to be sealed")
        hidden = self._padded(plain, nonce)
        parts = (nonce, hidden, self._tag(nonce, hidden, about))
        return "$".join((_MARK, self.mark, *(base64.b64encode(part).decode() for part in parts)))

    def open(self, sealed: str, about: str) -> str:
        """Give what was sealed.

        Raises:
            AccessError: it was sealed by another key (`seal-key`), or for another purpose, or it was changed.
        """
        mark, *rest = sealed.split("$")
        if mark != _MARK or len(rest) != 4:
            raise AccessError("What is kept of the device is not sealed.", code="seal-key")
        key, *parts = rest
        if key != self.mark:
            raise AccessError(
                "What is kept of the device was sealed by another key than this server has.", code="seal-key",
                hint=f"Give every server the same {VARIABLE}{NAME.upper()}, or bring {FILE} along with the ledger.",
            )  # fmt: skip
        nonce, hidden, tag = (base64.b64decode(part) for part in parts)
        if not hmac.compare_digest(tag, self._tag(nonce, hidden, about)):
            raise AccessError("What is kept of the device was changed.", code="seal-key")
        return self._padded(hidden, nonce).decode("ascii")

    def _padded(self, text: bytes, nonce: bytes) -> bytes:
        pad = hmac.new(self.key, b"leadline pad" + nonce, hashlib.sha256).digest()
        return bytes(one ^ other for one, other in zip(text, pad, strict=False))

    def _tag(self, nonce: bytes, hidden: bytes, about: str) -> bytes:
        return hmac.new(self.key, b"leadline tag" + nonce + hidden + about.encode(), hashlib.sha256).digest()


def _kept(file: Path) -> bytes:
    """Give the key in a file; the first to ask makes it, whole or not at all."""
    if not file.exists():
        made = file.with_name(f".{FILE}.{secrets.token_hex(4)}")
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(secrets.token_bytes(32))
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(made, file)  # unlike a rename, it never takes the place of another's
        except FileExistsError:
            pass
        finally:
            made.unlink()
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise AccessError(f"Others than you may read {file}.", code="seal-key", hint=f"Run: chmod 600 {file}")
    key = file.read_bytes()
    if len(key) != 32:
        raise AccessError(
            f"{file} is no key.", code="seal-key", hint="Bring back the one that the ledger came with."
        )
    return key
