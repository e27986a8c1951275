"""Who acts at the command line: an account, by an API token or by the machine's user; before there is any, the owner.

The name that the machine gives is asked of the system, not of the environment, which anybody sets.
"""

import getpass
import os
from collections.abc import Iterable
from datetime import date, datetime

from leadline.app.access import standing
from leadline.app.wiring import Workspace
from leadline.errors import AccessError
from leadline.governance.access import Person, person
from leadline.governance.accounts import MACHINE, Account, accounts
from leadline.governance.sessions import by_token
from leadline.secret import protect


def machine_user() -> str:
    """Name the user of this machine that runs this process."""
    try:
        import pwd  # noqa: PLC0415 - not on every system
    except ImportError:  # pragma: no cover - Windows
        return getpass.getuser()
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container may run as a user without a name
        return f"uid {os.geteuid()}"


def owns(space: Workspace) -> bool:
    """Tell whether who runs this owns the project's store: such a user could write there without Leadline, too."""
    if not hasattr(os, "geteuid"):  # pragma: no cover - Windows
        return True
    return os.geteuid() in {0, space.home.root.stat().st_uid}


def acting(space: Workspace, now: datetime) -> Person | None:
    """Give who acts; None while there are no accounts: then whoever runs this is administrator.

    A token decides where one is given (LEADLINE_TOKEN), else the machine's user, where an account stands for it.

    Raises:
        AccessError: there are accounts, and none of them stands for who runs this (`no-account`), or the token opens
            nothing (`token-unknown`), or the account is locked (`account-locked`).
    """
    token, user = space.settings.token, machine_user()
    protect(token)
    with space.ledger.read() as reader:
        known = accounts(reader)
        shown = by_token(reader, token, now) if token else None
    if token and shown is None:
        raise AccessError(
            "LEADLINE_TOKEN holds a token that opens nothing, or not any more.", code="token-unknown",
            hint="Make a new one on the page My account, or unset the variable.",
        )  # fmt: skip
    if shown is not None:
        return _person(space, shown[0], now.date(), shown[1])
    if not known:
        return None
    return _person(space, _standing_for(known.values(), user), now.date())


def nobody(space: Workspace) -> Person:
    """Give somebody who holds nothing, under the name that the machine gives."""
    return Person(space.actor)


def _standing_for(known: Iterable[Account], user: str) -> Account:
    found = [one for one in known if (MACHINE, user) in one.links]
    if not found:
        raise AccessError(
            f"There are accounts, and none of them stands for {user} of this machine.", code="no-account",
            hint=f"An administrator says which one does: leadline people os-user ACCOUNT {user} (the owner of the "
            "project's files may as well). Or put an API token into LEADLINE_TOKEN.",
        )  # fmt: skip
    (one,) = found
    if one.locked:
        raise AccessError(
            f"The account {one.name} is locked: {one.locked}.", code="account-locked",
            hint="Ask an administrator.",
        )  # fmt: skip
    return one


def _person(space: Workspace, one: Account, today: date, scopes: tuple[str, ...] | None = None) -> Person:
    return person(one, *standing(space), today, scopes=scopes)
