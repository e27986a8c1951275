"""One value for another of the same form: the same everywhere and in every run under one key, and for every other value
another. Without the key none can be led back.

Letters and digits of ASCII are told apart by class, everything else stands where it stood, and FF1 permutes all texts
of one form. Where a form has fewer than a million texts, they could be tried: then a pseudonym of a keyed hash stands
in the value's place, which keeps what the value is (an e-mail address, a name), not its length.
"""

import hashlib
import hmac
import string
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from leadline.errors import LeadlineError
from leadline.ingest.masking.ff1 import FF1, LEAST_DOMAIN

LEAST_KEY = 16
REDACTED = "[redacted]"
NOWHERE = "invalid"
"""A top-level domain that is never anybody's (RFC 2606): no test environment writes to a person."""
_SHIFTED = 180
_CLASSES = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
_CLASS: Mapping[str, str] = {letter: letters for letters in _CLASSES for letter in letters}
_FIRST = "123456789"
_CONSONANTS, _VOWELS = "bcdfghjklmnpqrstvwxz", "aeiou"
_KEPT_DIGITS, _LEAST_DIGITS = 3, 9


class Masks:
    """What values become under one secret."""

    def __init__(self, secret: str) -> None:
        if len(secret.encode()) < LEAST_KEY:
            raise LeadlineError(
                f"The key has fewer than {LEAST_KEY} bytes: it could be guessed.", code="mask-key",
                hint="Make one: python -c 'import secrets; print(secrets.token_hex(32))'",
            )  # fmt: skip
        self._secret = secret.encode()
        self._cipher = FF1(self._hash("key", "ff1"))

    def identifier(self, value: str) -> str:
        """A number or code: class by class of its letters and digits."""
        return self._scrambled("identifier", value, _classes(value)) or self._pseudonym("identifier", value)

    def number(self, value: int) -> int:
        """A whole number that identifies: with as many digits, the first of which is no 0."""
        text = str(abs(value))
        classes = [_FIRST, *[string.digits] * (len(text) - 1)]
        masked = self._scrambled("number", text, classes) if value else None
        digits = masked or str(10**14 + int.from_bytes(self._hash("number", text)[:8]) % (9 * 10**14))
        return int(digits) * (-1 if value < 0 else 1)

    def email(self, value: str) -> str:
        """An e-mail address: name and domain class by class, under a top-level domain that nobody has."""
        local, at, domain = value.rpartition("@")
        if not at or not local or not domain:
            return f"{self._pseudonym('email', value)}@masked.{NOWHERE}"
        name, dot, top = domain.rpartition(".")
        masked = self._scrambled("email", f"{local}@{name}", _classes(f"{local}@{name}"))
        if masked is None:
            return f"{self._pseudonym('email', value)}@masked.{NOWHERE}"
        return f"{masked}{dot}{top}.{NOWHERE}"

    def phone(self, value: str) -> str:
        """A telephone number: its first three digits (country or area) stay, if there are enough others."""
        digits = [at for at, letter in enumerate(value) if letter in string.digits]
        kept = set(digits[:_KEPT_DIGITS]) if len(digits) >= _LEAST_DIGITS else set()
        classes = ["" if at in kept or at not in digits else string.digits for at in range(len(value))]
        plain = all(at in digits or letter in "+-/(). " for at, letter in enumerate(value))
        masked = self._scrambled("phone", value, classes) if plain else None
        return masked or f"+999 {int.from_bytes(self._hash('phone', value)[:8]) % 10**15:015d}"

    def name(self, value: str) -> str:
        """A name: an invented one, of syllables."""
        drawn = int.from_bytes(self._hash("name", value)[:16])
        syllables = []
        for _ in range(7):
            drawn, consonant = divmod(drawn, len(_CONSONANTS))
            drawn, vowel = divmod(drawn, len(_VOWELS))
            syllables.append(_CONSONANTS[consonant] + _VOWELS[vowel])
        return "".join(syllables).capitalize()

    def text(self, value: str) -> str:
        """Free text: nothing of it stays, for anything may stand in it."""
        del value
        return REDACTED

    def shift(self, whose: str) -> timedelta:
        """By how many whole days the dates of one customer move: the distances between them stay."""
        drawn = int.from_bytes(self._hash("shift", whose)[:8]) % (2 * _SHIFTED)
        return timedelta(days=drawn - _SHIFTED if drawn < _SHIFTED else drawn - _SHIFTED + 1)

    def of(self, kind: str) -> Callable[[str], str]:
        """Give what masks texts of a kind."""
        found: Callable[[str], str] = getattr(self, kind)
        return found

    def _hash(self, kind: str, value: str) -> bytes:
        return hmac.digest(self._secret, f"leadline {kind}\0{value}".encode(), hashlib.sha256)

    def _pseudonym(self, kind: str, value: str) -> str:
        return f"m{self._hash(kind, value).hex()[:24]}"

    def _scrambled(self, kind: str, value: str, classes: Sequence[str] | None) -> str | None:
        """Permute the texts of one form; None where there are too few of them, or other letters than those of ASCII."""
        if classes is None:
            return None
        size = 1
        for letters in classes:
            size *= len(letters) or 1
        if size < LEAST_DOMAIN:
            return None
        form = "".join(
            letters[:1] + letters[-1:] or letter for letter, letters in zip(value, classes, strict=True)
        )
        number, bits = 0, (size - 1).bit_length()
        for letter, letters in zip(value, classes, strict=True):
            number = number * (len(letters) or 1) + (letters.index(letter) if letters else 0)
        while True:  # walking the cycle until inside is a permutation of what is inside
            numerals = [number >> bit & 1 for bit in reversed(range(bits))]
            number = int("".join(map(str, self._cipher.encrypt(numerals, 2, f"{kind}\0{form}".encode()))), 2)
            if number < size:
                break
        masked = []
        for letter, letters in zip(reversed(value), reversed(classes), strict=True):
            number, at = divmod(number, len(letters) or 1)
            masked.append(letters[at] if letters else letter)
        return "".join(reversed(masked))


def _classes(value: str) -> list[str] | None:
    """Give the class of each letter, empty for signs; None where there are letters of no class."""
    found = [_CLASS.get(letter, "") for letter in value]
    known = all(letters or not letter.isalnum() for letter, letters in zip(value, found, strict=True))
    return found if known else None
