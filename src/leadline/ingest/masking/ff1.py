"""FF1, the format-preserving cipher of NIST SP 800-38G (2016; revision 1, 2019: at least a million different values).

A permutation of the strings of one length over numerals 0 to radix - 1; without the key it cannot be undone. Halves are
kept as whole numbers, which is what the standard's NUM and STR turn them into and back.
"""

from collections.abc import Sequence

from leadline.errors import LeadlineError

ROUNDS = 10
LEAST_DOMAIN = 1_000_000
"""SP 800-38G revision 1, section 5: fewer values than these can be told apart by trying."""
_BLOCK = 16


class FF1:
    """FF1 under one AES key of 16, 24 or 32 bytes.

    Raises:
        LeadlineError: the extra `masking` is not installed.
    """

    def __init__(self, key: bytes) -> None:
        try:
            from cryptography.hazmat.primitives.ciphers import (  # noqa: PLC0415 an extra, loaded only to mask
                Cipher,
                algorithms,
                modes,
            )
        except ImportError as error:
            raise LeadlineError(
                "Masking needs the package cryptography.", code="no-cryptography",
                hint="pip install 'leadline[masking]'",
            ) from error  # fmt: skip
        # one block at a time, chained by `_prf` itself: ECB is the bare block cipher here
        self._block = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 see above

    def encrypt(self, numerals: Sequence[int], radix: int, tweak: bytes = b"") -> list[int]:
        """Encrypt numerals, each from 0 to radix - 1. Raises ValueError if there are fewer than a million of them."""
        return self._crypt(numerals, radix, tweak, forward=True)

    def decrypt(self, numerals: Sequence[int], radix: int, tweak: bytes = b"") -> list[int]:
        """Undo `encrypt` under the same key and tweak."""
        return self._crypt(numerals, radix, tweak, forward=False)

    def _crypt(self, numerals: Sequence[int], radix: int, tweak: bytes, *, forward: bool) -> list[int]:
        n = len(numerals)
        if not 2 <= radix <= 2**16 or n < 2 or radix**n < LEAST_DOMAIN:
            raise ValueError("FF1 needs a radix from 2 to 65,536 and at least a million different values")
        u, v = n // 2, n - n // 2
        a, b = _number(numerals[:u], radix), _number(numerals[u:], radix)
        for i in range(ROUNDS) if forward else reversed(range(ROUNDS)):
            modulus = radix ** (u if i % 2 == 0 else v)
            if forward:
                a, b = b, (a + self._round(i, b, n, radix, tweak)) % modulus
            else:
                a, b = (b - self._round(i, a, n, radix, tweak)) % modulus, a
        return [*_numerals(a, u, radix), *_numerals(b, v, radix)]

    def _round(self, i: int, half: int, n: int, radix: int, tweak: bytes) -> int:
        """Steps 5 and 6 i to v: a pseudorandom number made of a half, the round and the tweak."""
        u, v = n // 2, n - n // 2
        width = ((radix**v - 1).bit_length() + 7) // 8
        d = 4 * -(-width // 4) + 4
        p = (
            bytes([1, 2, 1])
            + radix.to_bytes(3)
            + bytes([10, u % 256])
            + n.to_bytes(4)
            + len(tweak).to_bytes(4)
        )
        q = tweak + bytes((-len(tweak) - width - 1) % _BLOCK) + bytes([i]) + half.to_bytes(width)
        r = self._prf(p + q)
        blocks = [r, *(self._aes(_xor(r, j.to_bytes(_BLOCK))) for j in range(1, -(-d // _BLOCK)))]
        return int.from_bytes(b"".join(blocks)[:d])

    def _prf(self, text: bytes) -> bytes:
        """CBC-MAC: the last block of the text encrypted in chain, from zero."""
        state = bytes(_BLOCK)
        for at in range(0, len(text), _BLOCK):
            state = self._aes(_xor(state, text[at : at + _BLOCK]))
        return state

    def _aes(self, block: bytes) -> bytes:
        return self._block.update(block)


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one) ^ int.from_bytes(other)).to_bytes(_BLOCK)


def _number(numerals: Sequence[int], radix: int) -> int:
    value = 0
    for numeral in numerals:
        value = value * radix + numeral
    return value


def _numerals(value: int, length: int, radix: int) -> list[int]:
    found = []
    for _ in range(length):
        value, numeral = divmod(value, radix)
        found.append(numeral)
    return found[::-1]
