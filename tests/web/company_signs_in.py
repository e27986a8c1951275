"""The company of the tests: a certified provider that they start (oidc-provider), its people, a way through it."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2
import pytest
from joserfc.jwk import ECKey, RSAKey
from starlette.testclient import TestClient

from leadline.catalog.definitions import SignIn
from leadline.governance import accounts
from leadline.store.ledger import Ledger
from tests.contracts import tree

CLIENT, SECRET = "leadline", "shared with the company"
FOLDER = tree.ROOT / ".node-oidc"
SCRIPT = Path(__file__).parent / "company_provider" / "provider.mjs"
BACKS = ["http://127.0.0.1:8750/sign-in/company/back"]
PEOPLE: Mapping[str, Mapping[str, Any]] = {
    "u-17": {"name": "Anna Okafor", "preferred_username": "anna", "email": "anna@example.com", "groups": ["kpi"]},
    "u-18": {"name": "Ben Ito", "preferred_username": "ben", "email": "anna@example.com", "groups": []},
}  # fmt: skip


@dataclass(frozen=True)
class Running:
    """A provider that runs, and the file of its people."""

    issuer: str
    file: Path
    process: "subprocess.Popen[str]"

    def people(self, **changed: Mapping[str, Any]) -> None:
        """Say who there is: subject -> claims."""
        self.file.write_text(json.dumps({**PEOPLE, **{k.replace("_", "-"): v for k, v in changed.items()}}))


@contextmanager
def provider(folder: Path, **told: Any) -> Iterator[Running]:
    """Start a provider on a free port."""
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules").is_dir():
        pytest.skip("the company's provider is not installed: make environment-oidc")
    file = folder / "people.json"
    algorithm = told.get("algorithm", "RS256")
    made = ECKey.generate_key("P-256") if algorithm == "ES256" else RSAKey.generate_key(2048)
    key = {**made.as_dict(private=True), "kid": "first", "use": "sig", "alg": algorithm}
    said = {
        "folder": str(FOLDER), "people": str(file), "client": CLIENT, "secret": SECRET, "redirects": BACKS,
        "logouts": ["http://127.0.0.1:8750/sign-in"], "algorithm": "RS256", "key": key, **told,
    }  # fmt: skip
    process = subprocess.Popen(
        [node, "--no-warnings", str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.write(json.dumps(said) + "\n")
        process.stdin.flush()
        line = ""
        while not line.startswith("http://"):
            line = process.stdout.readline()
            assert line, "the provider did not start"
        running = Running(line.strip(), file, process)
        running.people()
        yield running
    finally:
        process.stdin.close()  # it ends with us
        process.wait(20)
        process.stdout.close()


def walk(place: str, subject: str) -> str:
    """Sign in at the provider's own pages, as a person would; give the address of ours at which it ends."""
    with httpx2.Client(follow_redirects=False, timeout=20) as browser:
        answer = browser.get(place)
        for _ in range(12):
            if answer.is_redirect:
                place = urljoin(str(answer.url), answer.headers["location"])
                if not place.startswith(f"http://127.0.0.1:{answer.url.port}/"):
                    return place
                answer = browser.get(place)
                continue
            form = re.search(r'action="([^"]+)"', answer.text)
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
            assert form, answer.text
            assert prompt, answer.text
            filled = {"prompt": prompt[1], "login": subject, "password": "any"}
            answer = browser.post(urljoin(str(answer.url), form[1]), data=filled)
    raise AssertionError("the way through the provider does not end")


def begun(client: TestClient, then: str = "/metrics") -> str:
    """Begin a sign-in; give the address at the provider."""
    answer = client.get(f"/sign-in/company?then={then}")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def through(client: TestClient, subject: str, then: str = "/metrics") -> Any:
    """Sign in by the company; give what we answer in the end."""
    return client.get(ours(walk(begun(client, then), subject)))


def ours(place: str) -> str:
    """Give an address of ours without the host."""
    parts = urlsplit(place)
    return f"{parts.path}?{parts.query}"


def query(place: str) -> dict[str, str]:
    """Give the query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(place).query).items()}


class Watch:
    """The real time, which a test moves on."""

    def __init__(self) -> None:
        self.later = timedelta(0)

    def now(self) -> datetime:
        """Give the present instant, so much later."""
        return datetime.now(UTC) + self.later


Pages = Callable[..., TestClient]
"""Makes pages of a project that declares a company's sign-in."""


def rules(address: str, **changed: Any) -> SignIn:
    said = {
        "issuer": address, "client": CLIENT, "title": "Acme login", "accounts": "new",
        "scopes": ["openid", "profile", "email", "groups"],
        "roles": [{"group": "kpi", "role": "analyst"}, {"group": "lead", "role": "team_lead", "unit": "north"}],
    }  # fmt: skip
    return SignIn.model_validate({**said, **changed})


def account_of(ledger: Ledger, name: str) -> accounts.Account:
    with ledger.read() as reader:
        return accounts.account(reader, name)


def told(ledger: Ledger, verb: str) -> list[dict[str, Any]]:
    """Give what the journal says of a verb, in order."""
    with ledger.read() as reader:
        rows = reader.journal(None)[::-1]
    return [dict(json.loads(row.after or "{}"), actor=row.actor) for row in rows if row.verb == verb]
