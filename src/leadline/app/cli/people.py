"""`leadline people` and `leadline access`: who has an account and which role, and why somebody may or may not.

Passwords are read from a prompt, or from standard input where that is no terminal; never from the command's words.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, timedelta
from getpass import getpass
from typing import Annotated

import typer

from leadline.app import access as of_access
from leadline.app.acting import machine_user
from leadline.app.cli import output
from leadline.app.cli.context import Json, current
from leadline.app.cli.opening import opened, require
from leadline.app.serving import provider_of
from leadline.app.wiring import Workspace
from leadline.errors import AccessError, suggest
from leadline.governance import accounts, passwords, sessions
from leadline.governance.access import person
from leadline.secret import Secret

people = typer.Typer(
    name="people",
    help="Accounts: who they are, which roles they hold, and locking them.",
    no_args_is_help=True,
)
access = typer.Typer(name="access", help="Who may do what, and why.", no_args_is_help=True)

GIVES = "governance:access:write"
OWNER = "there are no accounts yet, so whoever may write the project's files is its administrator at the command line."
Name = Annotated[str, typer.Argument(help="The account.")]
Role = Annotated[str, typer.Argument(help="A role: viewer, analyst, …; `leadline access roles` lists them.")]
Unit = Annotated[
    str | None, typer.Option("--unit", help="For this unit and all below it; everywhere without.")
]


@people.command("add")
def add(
    context: typer.Context,
    name: Name,
    title: Annotated[str, typer.Option("--title", help="The person's name as people write it.")] = "",
    role: Annotated[str | None, typer.Option("--role", help="A role to begin with.")] = None,
    unit: Unit = None,
    is_: Annotated[
        list[str] | None,
        typer.Option(
            "--is", help="Which value of a column is the person's own: agent=A17.", metavar="NAME=VALUE"
        ),
    ] = None,
    password: Annotated[
        bool,
        typer.Option("--password/--no-password", help="Ask for a password; without, only by the company."),
    ] = True,
) -> None:
    """Add an account, with a password read from a prompt or from standard input."""
    with _open(context) as space:
        secret = passwords.hashed(_password(), name) if password else None
        with space.ledger.write(actor=space.actor) as writer:
            accounts.add(writer, name, title=title, attributes=_pairs(is_))
            if secret:
                writer.people.add_credential(name, "password", secret)
            if role:
                _check_unit(space, unit)
                accounts.grant(writer, name, role, unit=unit, known=of_access.roles(space))
    output.say(
        f"{name} has an account"
        + (f" and is {role}." if role else " and no role yet: leadline people grant.")
    )
    if space.person is None:
        output.say(
            "There are accounts now, so commands need one as well: leadline people os-user ACCOUNT says which one "
            f"those of {machine_user()} on this machine are."
        )


@people.command("os-user")
def os_user(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(metavar="ACCOUNT", help="The account, or `nobody` to let none stand for the user."),
    ],
    user: Annotated[
        str | None, typer.Argument(metavar="USER", help="A user of this machine; default: who runs this.")
    ] = None,
) -> None:
    """Let commands that a user of this machine runs be an account's, with its roles."""
    user = user or machine_user()
    with _open(context) as space, space.ledger.write(actor=space.actor) as writer:
        if name == "nobody":
            before: str | None = accounts.stand_no_more(writer, user)
        else:
            before = accounts.stand_for(writer, name, user)
    if name == "nobody":
        output.say(f"Commands of {user} are no longer those of {before}.")
    else:
        instead = f", and no longer of {before}" if before not in {None, name} else ""
        output.say(f"Commands of {user} on this machine are those of {name} from now on{instead}.")


@people.command("password")
def password(context: typer.Context, name: Name) -> None:
    """Set a new password, read from a prompt or standard input; every session of the account ends."""
    with _open(context) as space:
        with space.ledger.read() as reader:
            accounts.account(reader, name)
        secret = passwords.hashed(_password(), name)
        with space.ledger.write(actor=space.actor) as writer:
            writer.people.add_credential(name, "password", secret)
            ended = accounts.end_sessions(writer, name)
    output.say(f"The password of {name} is new; {ended} sessions ended.")


@people.command("grant")
def grant(
    context: typer.Context,
    name: Name,
    role: Role,
    unit: Unit = None,
    until: Annotated[str | None, typer.Option("--until", help="The last day on which it holds.")] = None,
) -> None:
    """Give a role, for a unit and all below it or everywhere."""
    with _open(context) as space:
        _check_unit(space, unit)
        require(space, GIVES, unit=unit, everywhere=unit is None)
        last = _day(until)
        with space.ledger.write(actor=space.actor) as writer:
            accounts.grant(writer, name, role, unit=unit, until=last, known=of_access.roles(space))
    output.say(f"{name} is {role}{f' for {unit}' if unit else ''}{f' until {last}' if last else ''}.")


@people.command("revoke")
def revoke(context: typer.Context, name: Name, role: Role, unit: Unit = None) -> None:
    """Take a role away."""
    with _open(context) as space:
        require(space, GIVES, unit=unit, everywhere=unit is None)
        with space.ledger.write(actor=space.actor) as writer:
            accounts.revoke(writer, name, role, unit=unit)
    output.say(f"{name} is {role}{f' for {unit}' if unit else ''} no longer.")


@people.command("describe")
def describe(
    context: typer.Context,
    name: Name,
    pairs: Annotated[
        list[str], typer.Argument(help="Values of columns that are the person's own: agent=A17.")
    ],
) -> None:
    """Say which values of columns are the person's own; an empty value takes one away."""
    with _open(context) as space, space.ledger.write(actor=space.actor) as writer:
        accounts.describe(writer, name, _pairs(pairs))


@people.command("link")
def link(
    context: typer.Context,
    name: Name,
    subject: Annotated[str, typer.Argument(help="Who they are at the company, as its sign-in names them.")],
    issuer: Annotated[
        str | None, typer.Option("--issuer", help="Whose subject; the project's sign_in without.")
    ] = None,
    take_away: Annotated[
        bool, typer.Option("--remove", help="Let it sign in as this one no longer.")
    ] = False,
) -> None:
    """Let a company account sign in as this one."""
    with _open(context) as space:
        whose = issuer or of_access.issuer(space)
        with space.ledger.write(actor=space.actor) as writer:
            (accounts.unlink if take_away else accounts.link)(writer, name, whose, subject)
    output.say(f"{subject} of {whose} signs in as {name}{' no longer' if take_away else ''}.")


@people.command("lock")
def lock(
    context: typer.Context,
    name: Name,
    because: Annotated[str, typer.Option("--because", help="Why; it is kept.")] = "",
    open_: Annotated[bool, typer.Option("--open", help="Let a locked account be used again.")] = False,
) -> None:
    """Lock an account: its sessions and tokens end at once. What it did stays told."""
    with _open(context) as space, space.ledger.write(actor=space.actor) as writer:
        if open_:
            accounts.unlock(writer, name)
        else:
            accounts.lock(writer, name, because)
    output.say(f"{name} can sign in again." if open_ else f"{name} is locked.")


@people.command("token")
def token(
    context: typer.Context,
    name: Name,
    scope: Annotated[list[str], typer.Option("--scope", help="A permission, or several: insights:*:read.")],
    label: Annotated[str, typer.Option("--label", help="What it is for.")] = "",
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How long it opens something.")] = 90,
) -> None:
    """Make an API token that may do no more than its scopes and its account. It is shown this once."""
    with _open(context) as space:
        with space.ledger.read() as reader:
            accounts.account(reader, name)
        until = current(context).clock.now() + timedelta(days=days)
        made = sessions.new_token(
            space.ledger, name, actor=space.actor, label=label, scopes=tuple(scope), until=until
        )
    output.err.print(f"Good until {until:%Y-%m-%d %H:%M} UTC. It is not shown again:")
    output.say(made)


@people.command("list")
def list_people(context: typer.Context, json_: Json = False) -> None:
    """List the accounts with their roles."""
    with _open(context) as space:
        known, tree = of_access.roles(space), of_access.tree_of(space)
        with space.ledger.read() as reader:
            found = accounts.accounts(reader)
        today = current(context).clock.now().date()
        everyone = [(one, person(one, known, tree, today)) for one in found.values()]
    if json_:
        output.as_json(
            [
                {"name": one.name, "title": one.title, "locked": one.locked, "attributes": dict(one.attributes),
                 "links": [{"issuer": issuer, "subject": subject} for issuer, subject in sorted(one.links)],
                 "roles": [held.words for held in held_.held], "lapsed": list(held_.lapsed)}
                for one, held_ in everyone
            ]
        )  # fmt: skip
        return
    rows = [
        [one.name, one.title, "; ".join(held.words for held in held_.held) or "none",
         f"locked: {one.locked}" if one.locked else "; ".join(held_.lapsed)]
        for one, held_ in everyone
    ]  # fmt: skip
    output.table(rows, "account", "name", "roles", "note")
    if not rows:
        output.say("There are no accounts: pages are served to this machine, to whoever started them.")


@access.command("roles")
def list_roles(context: typer.Context, json_: Json = False) -> None:
    """List the roles in force and what each may do."""
    with _open(context) as space:
        found = of_access.roles(space)
    if json_:
        output.as_json([role.model_dump(exclude_none=True) for role in found.values()])
        return
    rows = [[r.name, r.sensitivity, " ".join(r.may), r.description or ""] for r in found.values()]
    output.table(rows, "role", "figures up to", "may", "what it is for")


@access.command("company")
def company(context: typer.Context, json_: Json = False) -> None:
    """Ask the company's sign-in whether it can be used as declared: addresses and keys; nobody signs in."""
    with _open(context) as space:
        provider = provider_of(space)
        if provider is None:
            raise AccessError(
                "The project declares no sign_in.", code="no-sign-in",
                hint="See docs/how-to/sign-in-by-the-company.md.",
            )  # fmt: skip
        found = {"issuer": provider.rules.issuer, **provider.check(current(context).clock.now())}
    if json_:
        output.as_json(found)
        return
    output.table([[name, value] for name, value in found.items()], "what", "where")


@access.command("explain")
def explain(
    context: typer.Context,
    name: Name,
    about: Annotated[str, typer.Argument(help="A permission, a metric, or another definition.")],
    unit: Annotated[str | None, typer.Option("--unit", help="In this unit.")] = None,
    json_: Json = False,
) -> None:
    """Say what somebody may do about something, by which grant and role, or what is missing. Exit code 1: nothing."""
    with _open(context) as space:
        if space.person is None and not _any(space):
            _owner(space, about, json_=json_)
            return
        if name != space.actor:
            require(space, "governance:access:read")
        found = of_access.explained(space, name, about, unit=unit, today=current(context).clock.now().date())
    if json_:
        output.as_json([asdict(one) for one in found])
    else:
        for one in found:
            word = "may" if one.decision.allowed else "may not"
            tier = f" ({one.sensitivity} figures)" if one.sensitivity else ""
            where = f" in {one.unit}" if one.unit else ""
            output.say(f"{name} {word} {one.permission}{tier}{where}: {one.decision.why}.")
    if not any(one.decision.allowed for one in found):
        raise typer.Exit(1)


@access.command("whoami")
def whoami(context: typer.Context, json_: Json = False) -> None:
    """Say as whom commands run here, and with which roles."""
    with _open(context) as space:
        one = space.person
    if json_:
        output.as_json(
            {"name": space.actor, "account": one is not None, "roles": [held.words for held in one.held] if one else [],
             "lapsed": list(one.lapsed) if one else [],
             "scopes": sorted(one.scopes) if one and one.scopes is not None else None}
        )  # fmt: skip
        return
    if one is None:
        output.say(f"{space.actor}: {OWNER}")
        return
    output.say(f"{one.title or one.name} ({one.name}): {'; '.join(h.words for h in one.held) or 'no role'}.")
    for said in one.lapsed:
        output.say(said)
    if one.scopes is not None:
        output.say(f"By an API token, for {', '.join(sorted(one.scopes)) or 'nothing'}.")


def _any(space: Workspace) -> bool:
    with space.ledger.read() as reader:
        return bool(accounts.accounts(reader))


def _owner(space: Workspace, about: str, *, json_: bool) -> None:
    """Say what may be done where there are no accounts."""
    if json_:
        output.as_json(
            [{"permission": about, "decision": {"allowed": True, "why": OWNER}, "by": space.actor}]
        )
    else:
        output.say(f"{space.actor} may {about}: {OWNER}")


@contextmanager
def _open(context: typer.Context) -> Iterator[Workspace]:
    with opened(context) as space:
        yield space


def _password() -> Secret:
    """Read a new password: twice from a prompt, or a line of standard input."""
    if not sys.stdin.isatty():
        return Secret(sys.stdin.readline().rstrip("\n"))
    first = getpass("New password: ")
    if getpass("The same again: ") != first:
        raise AccessError("The passwords differ.", code="password", hint="Run the command again.")
    return Secret(first)


def _pairs(texts: list[str] | None) -> dict[str, str]:
    pairs = dict(text.partition("=")[::2] for text in texts or [])
    if any("=" not in text for text in texts or []):
        raise AccessError("An attribute is NAME=VALUE.", code="usage", hint="For example agent=A17.")
    return pairs


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise AccessError(f"{text!r} is no day.", code="usage", hint="Write it as 2026-12-31.") from error


def _check_unit(space: Workspace, unit: str | None) -> None:
    names = of_access.tree_of(space).names
    if unit is not None and unit not in names:
        raise AccessError(f"There is no unit {unit!r}.", code="unknown-unit", hint=suggest(unit, names))
