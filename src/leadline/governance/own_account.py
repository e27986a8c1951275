"""What somebody changes of the own account: the password, the device of one-time codes, tokens, open sessions."""

from dataclasses import dataclass
from datetime import datetime

from leadline.errors import AccessError
from leadline.governance import codes, passwords
from leadline.governance.accounts import account, end_credentials, end_sessions, live
from leadline.governance.sealing import Seal
from leadline.governance.sessions import sealed_for
from leadline.secret import Secret
from leadline.store.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Changed:
    """A new password with the present one."""

    present: Secret
    new: Secret


def change_password(ledger: Ledger, name: str, given: Changed, *, session: str) -> None:
    """Set a new password; every other session ends.

    Raises:
        AccessError: the present one does not fit, or the new one cannot be used.
    """
    _check(ledger, name, given.present)
    made = passwords.hashed(given.new, name)
    with ledger.write(actor=name) as writer:
        writer.people.add_credential(name, "password", made)
        end_sessions(writer, name, but=session)


def add_device(ledger: Ledger, name: str, secret: str, code: str, now: datetime, *, seal: Seal) -> list[str]:
    """Ask for one-time codes from now on, once a device has shown a right one; give recovery codes, shown this once.

    Raises:
        AccessError: the code is not the device's.
    """
    if len(secret) != 32 or codes.step_of(secret, code, now) is None:
        raise AccessError(
            "That is not the code that the device shows.", code="device", hint="Try the next one."
        )
    made = codes.new_recovery()
    with ledger.write(actor=name) as writer:
        one = account(writer, name)
        former = [c.number for kind in ("totp", "recovery") for c in live(writer, one, kind)]
        end_credentials(writer, name, former)
        writer.people.add_credential(name, "totp", seal.close(secret, sealed_for(name)))
        for recovery in made:
            writer.people.add_credential(name, "recovery", codes.recovery_hash(recovery))
    return made


def remove_device(ledger: Ledger, name: str, present: Secret) -> None:
    """Ask for no more one-time codes. Raises AccessError where the password does not fit."""
    _check(ledger, name, present)
    with ledger.write(actor=name) as writer:
        one = account(writer, name)
        end_credentials(
            writer, name, [c.number for c in (*live(writer, one, "totp"), *live(writer, one, "recovery"))]
        )


def revoke_token(ledger: Ledger, name: str, number: int) -> None:
    """Let one of the own API tokens open nothing any more. Raises AccessError where there is none of that number."""
    with ledger.write(actor=name) as writer:
        if number not in {c.number for c in live(writer, account(writer, name), "token")}:
            raise AccessError("There is no such token.", code="unknown-token")
        end_credentials(writer, name, [number])


def _check(ledger: Ledger, name: str, present: Secret) -> None:
    with ledger.read() as reader:
        kept = live(reader, account(reader, name), "password")
    if not passwords.holds(present, kept[0].secret if kept else None):
        raise AccessError("The present password does not fit.", code="password", hint="Type it again.")
