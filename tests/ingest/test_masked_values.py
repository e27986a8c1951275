"""FF1 against NIST's published samples; masks are permutations of their form and tell nothing without the key."""

import re
import string
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.errors import LeadlineError
from leadline.ingest.masking.ff1 import FF1
from leadline.ingest.masking.values import Masks

ALPHABET = string.digits + string.ascii_lowercase
KEY = "2B7E151628AED2A6ABF7158809CF4F3C"
LONGER = KEY + "EF4359D8D580AA4F"
LONGEST = LONGER + "7F036D6F04FC6A94"
TEN, WORD = "39383736353433323130", "3737373770717273373737"
SAMPLES = [  # NIST, "FF1samples.pdf", samples 1 to 9: key, radix, tweak, plain text, cipher text
    (KEY, 10, "", "0123456789", "2433477484"),
    (KEY, 10, TEN, "0123456789", "6124200773"),
    (KEY, 36, WORD, "0123456789abcdefghi", "a9tv40mll9kdu509eum"),
    (LONGER, 10, "", "0123456789", "2830668132"),
    (LONGER, 10, TEN, "0123456789", "2496655549"),
    (LONGER, 36, WORD, "0123456789abcdefghi", "xbj3kv35jrawxv32ysr"),
    (LONGEST, 10, "", "0123456789", "6657667009"),
    (LONGEST, 10, TEN, "0123456789", "1001623463"),
    (LONGEST, 36, WORD, "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"),
]
MASKS = Masks("a key that is only used in tests")


@pytest.mark.parametrize(("key", "radix", "tweak", "plain", "cipher"), SAMPLES)
def test_ff1_gives_nists_samples(key: str, radix: int, tweak: str, plain: str, cipher: str) -> None:
    ff1, numerals = FF1(bytes.fromhex(key)), [ALPHABET.index(letter) for letter in plain]
    found = ff1.encrypt(numerals, radix, bytes.fromhex(tweak))
    assert "".join(ALPHABET[n] for n in found) == cipher
    assert ff1.decrypt(found, radix, bytes.fromhex(tweak)) == numerals


DRAWN = st.integers(2, 300).flatmap(
    lambda r: st.tuples(st.just(r), st.lists(st.integers(0, r - 1), min_size=20, max_size=60))
)


@given(DRAWN, st.binary(max_size=20))
def test_ff1_can_be_undone(drawn: tuple[int, list[int]], tweak: bytes) -> None:
    radix, numerals = drawn
    ff1 = FF1(bytes(32))
    found = ff1.encrypt(numerals, radix, tweak)
    assert len(found) == len(numerals)
    assert all(0 <= n < radix for n in found)
    assert ff1.decrypt(found, radix, tweak) == numerals


def test_ff1_refuses_what_could_be_tried() -> None:
    with pytest.raises(ValueError, match="million"):
        FF1(bytes(16)).encrypt([1, 2, 3, 4, 5], 10)


def form(text: str) -> str:
    return re.sub("[0-9]", "9", re.sub("[a-z]", "a", re.sub("[A-Z]", "A", text)))


CODES = st.from_regex(r"[A-Z]{2}-[0-9]{6}[a-z]?", fullmatch=True)


@pytest.mark.thorough
@given(st.sets(CODES, min_size=2, max_size=30))
def test_identifiers_keep_their_form_and_stay_apart(values: set[str]) -> None:
    masked = {value: MASKS.identifier(value) for value in values}
    assert all(form(value) == form(mask) for value, mask in masked.items())
    assert len(set(masked.values())) == len(values)
    assert masked == {value: Masks("a key that is only used in tests").identifier(value) for value in values}


@pytest.mark.thorough
def test_every_value_of_a_form_is_the_mask_of_one() -> None:
    masked = {MASKS.number(n) for n in range(1_000_000, 1_002_000)}
    assert len(masked) == 2000
    assert all(1_000_000 <= n <= 9_999_999 for n in masked)


EMAILS = st.from_regex(r"[a-z]{1,12}\.[a-z]{1,12}@[a-z]{2,10}\.(de|com)", fullmatch=True)


@pytest.mark.thorough
@given(st.sets(EMAILS, min_size=1, max_size=20))
def test_emails_stay_emails_that_reach_nobody(values: set[str]) -> None:
    masked = {MASKS.email(value) for value in values}
    assert len(masked) == len(values)
    assert all(re.fullmatch(r"[a-z.0-9]+@[a-z.0-9]+\.invalid", mask) for mask in masked)
    assert not masked & values


@given(st.from_regex(r"(\+49|0)[0-9]{2,4}[ /-]?[0-9]{6,8}", fullmatch=True))
def test_phones_stay_phones(value: str) -> None:
    mask = MASKS.phone(value)
    assert form(mask) == form(value)
    assert [c for c in mask if c.isdigit()][:3] == [c for c in value if c.isdigit()][:3]


@given(st.text(min_size=1, max_size=30), st.sampled_from(["identifier", "email", "phone", "name", "text"]))
def test_any_text_can_be_masked_and_only_the_key_decides(value: str, kind: str) -> None:
    mask = MASKS.of(kind)(value)
    assert mask == MASKS.of(kind)(value)
    if kind in {"name", "email"}:
        assert mask != Masks("another key, also only for tests").of(kind)(value)


def test_short_values_become_pseudonyms() -> None:
    masked = {MASKS.identifier(f"C{n}") for n in range(500)}
    assert len(masked) == 500
    assert all(re.fullmatch("m[0-9a-f]{24}", mask) for mask in masked)
    assert MASKS.identifier("Jürgen-4711-0815").startswith("m"), "a letter of no class would stay to be read"


def test_dates_move_by_customer_and_always_somewhere() -> None:
    moved = {MASKS.shift(f"C{n}") for n in range(3000)}
    assert min(moved) == timedelta(days=-180)
    assert max(moved) == timedelta(days=180)
    assert timedelta(0) not in moved


def test_a_key_that_could_be_guessed_is_refused() -> None:
    with pytest.raises(LeadlineError, match="fewer than 16") as refused:
        Masks("short")
    assert refused.value.code == "mask-key"
