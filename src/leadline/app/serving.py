"""Runs the web pages of a project until interrupted."""

import socket
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import uvicorn

from leadline.app.bridging import bridge_in
from leadline.app.wiring import Latest, Workspace
from leadline.catalog import load
from leadline.clock import Clock
from leadline.errors import AccessError, LeadlineError
from leadline.governance.accounts import accounts
from leadline.secret import Secrets
from leadline.store.staging import Staging

if TYPE_CHECKING:
    from leadline.app.company.provider import Provider
    from leadline.app.web.hooks import Hooks


LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def run(
    space: Workspace,
    clock: Clock,
    *,
    host: str,
    port: int,
    also: tuple[str, ...],
    announce: Callable[[str], None],
    behind_https: bool = False,
) -> None:
    """Serve until interrupted; `clock` decides how old figures look. `announce` is told the address once it listens.

    A project without accounts is served to this machine alone, to whoever opens the address that is announced: it holds
    a key that leads in once. `behind_https`: a proxy with a certificate stands before this server.

    Raises LeadlineError on a taken port, and where there are no accounts for others to sign in with.
    """
    from leadline.app.web import create_app  # noqa: PLC0415 - templates are only loaded where pages are served
    from leadline.app.web.guests import Host, Key  # noqa: PLC0415 - as above

    key = None if _has_accounts(space) else Key(space.actor)
    if key is not None and host not in LOOPBACK:
        raise AccessError(
            f"There are no accounts yet, so nobody can be told from anybody else on {host}.", code="no-accounts",
            hint="Run `leadline people add NAME --role administrator` first, or serve to this machine alone.",
        )  # fmt: skip
    listener = _listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{listener.getsockname()[1]}/"
    entry = f"{address}sign-in/key?key={key.value}" if key else address
    announce(f"Leadline serves {space.root.name} at {entry} (stop with Ctrl+C)")
    if key is not None:
        announce("Open this address: it leads in once, as administrator, and ends with the server.")

    def staging() -> Staging:
        return Staging(space.home.root, space.settings, large=False)

    hooks = hooks_of(space, clock)
    provider = provider_of(space)
    app = create_app(
        Latest(space),
        space.ledger,
        also=also,
        clock=clock,
        hooks=hooks,
        staging=staging,
        home=space.home,
        host=Host(behind_https),
        key=key,
        provider=provider,
        bridges=partial(bridge_in, space, clock),
    )
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, proxy_headers=False))
    with listener:
        server.run(sockets=[listener])


def _has_accounts(space: Workspace) -> bool:
    with space.ledger.read() as reader:
        return bool(accounts(reader))


def hooks_of(space: Workspace, clock: Clock) -> "Hooks | None":
    """Give the webhooks that the project declares as it starts to be served; None when it declares none."""
    from leadline.app.web.hooks import Hooks  # noqa: PLC0415 - as above

    declared = {s.name: s.webhook for s in load(space.root).sources.values() if s.webhook is not None}
    return Hooks(declared, space.home.root, Secrets.of(space.home.root), clock) if declared else None


def provider_of(space: Workspace) -> "Provider | None":
    """Give the company's sign-in as the project declares it; None where it declares none. Nobody is asked yet.

    Raises LeadlineError where what it needs is not installed, or its secret is missing.
    """
    project = load(space.root).project
    if project.sign_in is None:
        return None
    from leadline.app.company.provider import Provider  # noqa: PLC0415 - as above

    named = project.sign_in.secret
    secret = Secrets.of(space.home.root).get(named) if named else None
    return Provider(project.sign_in, secret)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(
        socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
    )  # else each answer waits for an acknowledgement
    try:
        listener.bind((host, port))
        listener.listen(128)  # so that whoever is told the address can connect at once
    except OSError as error:
        listener.close()
        raise LeadlineError(
            f"Cannot listen on {host} port {port}: {error.strerror}.",
            code="cannot-listen",
            hint="Choose another port: --port 0 takes any free one.",
        ) from error
    return listener
