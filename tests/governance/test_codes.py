"""One-time codes against the vectors of RFC 4226 and RFC 6238; and that none counts twice."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leadline.clock import FixedClock
from leadline.errors import AccessError
from leadline.governance import accounts, codes, passwords, sessions
from leadline.governance.sealing import FILE, Seal
from leadline.governance.sessions import SignIn, sealed_for
from leadline.secret import Secret
from leadline.store.journal import verify
from leadline.store.ledger import Ledger
from tests import ledgers

KEY = b"12345678901234567890"
SEAL = Seal()
PASSWORD = Secret("correct horse battery staple")
RFC_4226 = (
    "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
)  # fmt: skip
NOW = datetime(2026, 5, 4, 9, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(("counter", "code"), [*enumerate(RFC_4226)])
def test_codes_by_counter_are_those_of_rfc_4226_appendix_d(counter: int, code: str) -> None:
    assert codes.hotp(KEY, counter) == code


@pytest.mark.parametrize(
    ("seconds", "sha1", "sha256", "sha512"),
    [
        (59, "94287082", "46119246", "90693936"),
        (1111111109, "07081804", "68084774", "25091201"),
        (1111111111, "14050471", "67062674", "99943326"),
        (1234567890, "89005924", "91819424", "93441116"),
        (2000000000, "69279037", "90698825", "38618901"),
        (20000000000, "65353130", "77737706", "47863826"),
    ],
)
def test_codes_by_time_are_those_of_rfc_6238_appendix_b(
    seconds: int, sha1: str, sha256: str, sha512: str
) -> None:
    long = KEY * 4
    for digest, size, code in (("sha1", 20, sha1), ("sha256", 32, sha256), ("sha512", 64, sha512)):
        assert codes.hotp(long[:size], seconds // codes.STEP, 8, digest) == code
    secret = base64.b32encode(KEY).decode()
    at = datetime.fromtimestamp(seconds, UTC)
    assert codes.step_of(secret, sha1[2:], at) == seconds // codes.STEP


@pytest.mark.parametrize(("off", "found"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)])
def test_a_devices_clock_may_be_one_step_off(off: int, found: bool) -> None:
    secret = codes.new_secret()
    at = datetime(2026, 5, 4, 9, 0, 0, tzinfo=UTC)
    code = codes.hotp(base64.b32decode(secret), (int(at.timestamp()) + off) // codes.STEP)
    assert (codes.step_of(secret, code, at) is not None) == found


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(ledgers.empty(tmp_path / "l.sqlite"), FixedClock(NOW))
    yield opened
    opened.close()


@pytest.fixture
def secret(ledger: Ledger) -> str:
    """Anna's account, with a device and two recovery codes."""
    made = codes.new_secret()
    with ledger.write(actor="setup") as writer:
        accounts.add(writer, "anna")
        writer.people.add_credential("anna", "password", passwords.hashed(PASSWORD, "anna"))
        writer.people.add_credential("anna", "totp", SEAL.close(made, sealed_for("anna")))
        for code in ("aaaa-bbbb-cccc-dddd", "eeee-ffff-gggg-hhhh"):
            writer.people.add_credential("anna", "recovery", codes.recovery_hash(code))
    return made


def code_at(secret: str, when: datetime) -> str:
    return codes.hotp(base64.b32decode(secret), int(when.timestamp()) // codes.STEP)


@pytest.mark.thorough
def test_the_password_alone_does_not_do_and_no_code_counts_twice(ledger: Ledger, secret: str) -> None:
    for code in ("", "000000", code_at(secret, NOW + timedelta(minutes=5))):
        with pytest.raises(AccessError, match="do not fit together"):
            sessions.sign_in(ledger, SignIn("anna", PASSWORD, code), NOW, seal=SEAL)
    used = code_at(secret, NOW)
    assert (
        sessions.sign_in(ledger, SignIn("anna", PASSWORD, used), NOW, seal=SEAL).session.how
        == "password and code"
    )
    for moment in (NOW, NOW + timedelta(seconds=25)):
        with pytest.raises(AccessError, match="do not fit together"):
            sessions.sign_in(ledger, SignIn("anna", PASSWORD, used), moment, seal=SEAL)
    before = code_at(secret, NOW - timedelta(seconds=30))
    with pytest.raises(AccessError):
        sessions.sign_in(ledger, SignIn("anna", PASSWORD, before), NOW, seal=SEAL)
    later = NOW + timedelta(seconds=30)
    assert sessions.sign_in(ledger, SignIn("anna", PASSWORD, code_at(secret, later)), later, seal=SEAL)


@pytest.mark.thorough
def test_a_recovery_code_opens_once(ledger: Ledger, secret: str) -> None:
    assert secret
    given = SignIn("anna", PASSWORD, "AAAA bbbb cccc dddd")
    assert sessions.sign_in(ledger, given, NOW, seal=SEAL).session.how == "password and recovery code"
    with pytest.raises(AccessError):
        sessions.sign_in(ledger, given, NOW, seal=SEAL)
    assert sessions.sign_in(ledger, SignIn("anna", PASSWORD, "eeee-ffff-gggg-hhhh"), NOW, seal=SEAL)


@pytest.mark.thorough
def test_the_journal_proves_accounts_and_holds_no_secret(ledger: Ledger, secret: str) -> None:
    opened = sessions.sign_in(ledger, SignIn("anna", PASSWORD, code_at(secret, NOW)), NOW, seal=SEAL)
    with ledger.write(actor="anna") as writer:
        writer.people.end_session(opened.session.id)
    with ledger.read() as reader:
        assert verify(reader) == []
        told = "".join(row.after + row.before for row in reader.journal(None))
        hashes = [one.secret for one in reader.people.credentials()]
    for hidden in (secret, opened.token, PASSWORD.reveal(), *hashes):
        assert hidden not in told


@pytest.mark.thorough
def test_a_password_swapped_behind_the_journals_back_is_found(
    ledger: Ledger, secret: str, tmp_path: Path
) -> None:
    import sqlite3

    assert secret
    with sqlite3.connect(tmp_path / "l.sqlite") as intruder:
        intruder.execute("DROP TRIGGER credential_keeps_update")
        intruder.execute("UPDATE credential SET secret = 'mine' WHERE kind = 'password'")
    intruder.close()
    with ledger.read() as reader:
        (fault,) = verify(reader)
    assert fault.message == "credential:1 is not what the journal tells of it: digest"


def test_qr_codes_are_drawn_without_a_style_of_their_own() -> None:
    drawn = codes.qr_svg(codes.address(codes.new_secret(), "anna", "Demo & Co"))
    assert drawn.startswith("<svg")
    assert "style=" not in drawn


@pytest.mark.thorough
def test_who_reads_the_ledger_alone_cannot_make_codes(ledger: Ledger, secret: str) -> None:
    with ledger.read() as reader:
        (kept,) = reader.people.credentials("anna", kind="totp")
    raw = base64.b32decode(secret)
    for form in (secret, secret.lower(), raw.hex(), base64.b64encode(raw).decode()):
        assert form not in kept.secret
    assert SEAL.open(kept.secret, sealed_for("anna")) == secret
    assert SEAL.close(secret, sealed_for("anna")) != kept.secret, "each time anew"


def test_what_was_sealed_opens_by_its_key_for_its_purpose_and_unchanged_only() -> None:
    sealed = SEAL.close("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "anna")
    changed = sealed[:-4] + ("AAA=" if not sealed.endswith("AAA=") else "BBA=")
    parts = sealed.split("$")
    hidden = base64.b64encode(bytes(32)).decode()
    for text, about, seal in (
        (sealed, "anna", Seal()),
        (sealed, "ben", SEAL),
        (changed, "anna", SEAL),
        ("$".join([*parts[:3], hidden, parts[4]]), "anna", SEAL),
        ("JBSWY3DPEHPK3PXP", "anna", SEAL),
        ("", "anna", SEAL),
    ):
        with pytest.raises(AccessError) as refused:
            seal.open(text, about)
        assert refused.value.code == "seal-key"
        assert "JBSWY3DP" not in str(refused.value)


def test_a_key_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    first = Seal.of(tmp_path, {})
    assert Seal.of(tmp_path, {}).key == first.key
    assert [one.name for one in tmp_path.iterdir()] == [FILE]
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert first.key.hex() not in repr(first)
    (tmp_path / FILE).chmod(0o644)
    with pytest.raises(AccessError, match="Others than you"):
        Seal.of(tmp_path, {})
    (tmp_path / FILE).chmod(0o600)
    (tmp_path / FILE).write_bytes(b"short")
    with pytest.raises(AccessError, match="no key"):
        Seal.of(tmp_path, {})
    given = {"LEADLINE_SECRET_LEDGER_KEY": "the same words for every server we have"}
    assert Seal.of(tmp_path, given).key == Seal.of(None, given).key
    with pytest.raises(AccessError, match="too short"):
        Seal.of(tmp_path, {"LEADLINE_SECRET_LEDGER_KEY": "short"})


@pytest.mark.thorough
def test_a_server_with_another_key_says_so_and_recovery_codes_still_open(ledger: Ledger, secret: str) -> None:
    other = Seal()
    with pytest.raises(AccessError) as refused:
        sessions.sign_in(ledger, SignIn("anna", PASSWORD, code_at(secret, NOW)), NOW, seal=other)
    assert refused.value.code == "seal-key"
    assert sessions.sign_in(ledger, SignIn("anna", PASSWORD, "aaaa-bbbb-cccc-dddd"), NOW, seal=other)
