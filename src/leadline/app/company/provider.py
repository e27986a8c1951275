"""The company's OpenID provider: where it is asked, and asking it. Nothing of a secret or a token is ever in an error.

Its addresses are kept for an hour, its keys until a token names another, which is looked up twice a minute at most.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from leadline.app.company.tokens import Expected, UnknownKey, keys_of, verified
from leadline.catalog.definitions.sign_in import LOOPBACK, SignIn
from leadline.errors import AccessError
from leadline.secret import Secret

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

PATIENCE = 10.0
"""Seconds until an answer must be there."""
LARGEST = 1_000_000
KEPT = timedelta(hours=1)
LOOKED_UP = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Flow:
    """What belongs to one sign-in. Only the browser that began it holds what it is made of."""

    state: str
    nonce: str
    verifier: str
    back: str
    """The address of ours to which the provider sends the browser back."""

    @property
    def challenge(self) -> str:
        """What the provider is told of the verifier (RFC 7636, S256)."""
        hashed = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


@dataclass
class Provider:
    """One provider, as a project declares it."""

    rules: SignIn
    secret: Secret | None = field(default=None, repr=False)
    _said: Mapping[str, Any] | None = None
    _said_at: datetime | None = None
    _keys: "KeySet | None" = None
    _keys_at: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse to begin without what it needs. Raises AccessError."""
        try:
            import httpx2  # noqa: F401, PLC0415 - whether it is there
            import joserfc  # noqa: F401, PLC0415 - as above
        except ImportError:
            raise AccessError(
                "Signing in by the company needs what is not installed.", code="company-extra",
                hint="pip install 'leadline[oidc]'",
            ) from None  # fmt: skip

    def begin(self, flow: Flow, now: datetime) -> str:
        """Give the address at which the browser signs in. Raises AccessError (`company-down`, `company-answer`)."""
        asked = {
            "response_type": "code", "client_id": self.rules.client, "redirect_uri": flow.back,
            "scope": " ".join(dict.fromkeys(("openid", *self.rules.scopes))), "state": flow.state,
            "nonce": flow.nonce, "code_challenge": flow.challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        return _with(self._address("authorization_endpoint", now), asked)

    def end(self, back: str, now: datetime) -> str:
        """Give the address at which the browser signs out. Raises AccessError where there is none, too."""
        asked = {"client_id": self.rules.client, "post_logout_redirect_uri": back}
        return _with(self._address("end_session_endpoint", now), asked)

    def claims(self, code: str, issuer: str, flow: Flow, now: datetime) -> Mapping[str, Any]:
        """Give what the provider says of who has signed in; `code` and `issuer` came back with the browser.

        Raises:
            AccessError: it cannot be asked, it refuses, or what it says is not to be believed.
        """
        said = self._metadata(now)
        told = issuer or (
            None if said.get("authorization_response_iss_parameter_supported") else self.rules.issuer
        )
        if told != self.rules.issuer:
            raise AccessError("The answer is of another issuer.", code="company-answer")
        given = self._exchange(code, flow, now)
        token = given.get("id_token")
        if not isinstance(token, str):
            raise AccessError("The company's sign-in gave no ID token.", code="company-answer")
        wanted = Expected(self.rules.issuer, self.rules.client, flow.nonce, self.rules.algorithms)
        try:
            claims = verified(token, self._known_keys(now), wanted, now)
        except UnknownKey:
            claims = self._verified_anew(token, wanted, now)
        return self._completed(claims, given, now)

    def check(self, now: datetime) -> dict[str, str]:
        """Ask for addresses and keys, and say what there is; for who sets it up. Raises AccessError."""
        places = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        found = {name: self._address(name, now) for name in places}
        out = self._metadata(now).get("end_session_endpoint")
        return {**found, "keys": str(len(self._known_keys(now).keys)), "sign_out": str(out or "none")}

    def _verified_anew(self, token: str, wanted: Expected, now: datetime) -> Mapping[str, Any]:
        """Verify with the keys as they are now: the provider may have changed them."""
        if self._keys_at is None or now - self._keys_at >= LOOKED_UP:
            self._keys = None
        try:
            return verified(token, self._known_keys(now), wanted, now)
        except UnknownKey as error:
            raise AccessError(
                "The company's token does not hold: it is signed by a key that the company does not publish.",
                code="company-token",
            ) from error  # fmt: skip

    def _completed(
        self, claims: Mapping[str, Any], given: Mapping[str, Any], now: datetime
    ) -> Mapping[str, Any]:
        """Give claims with what only the user info endpoint says of the same subject."""
        wanted = {self.rules.name.partition(".")[0], "name"}
        if self.rules.roles:
            wanted.add(
                self.rules.groups if self.rules.groups in claims else self.rules.groups.partition(".")[0]
            )
        place, access = self._metadata(now).get("userinfo_endpoint"), given.get("access_token")
        if wanted <= claims.keys() or not place or not isinstance(access, str):
            return claims
        more = self._json("GET", self._safe(place), headers={"Authorization": f"Bearer {access}"})
        if more.get("sub") != claims["sub"]:
            raise AccessError("What the company says of the user is of another one.", code="company-answer")
        return {**more, **claims}

    def _exchange(self, code: str, flow: Flow, now: datetime) -> Mapping[str, Any]:
        """Exchange the code for tokens."""
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": flow.back,
            "code_verifier": flow.verifier, "client_id": self.rules.client,
        }  # fmt: skip
        headers = {}
        if self.secret is not None:
            ways = self._metadata(now).get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
            if "client_secret_basic" in ways or "client_secret_post" not in ways:
                pair = f"{quote(self.rules.client, safe='')}:{quote(self.secret.reveal(), safe='')}"
                headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
                del form["client_id"]
            else:
                form["client_secret"] = self.secret.reveal()
        return self._json("POST", self._address("token_endpoint", now), headers=headers, form=form)

    def _metadata(self, now: datetime) -> Mapping[str, Any]:
        """Give what the provider says of itself (OpenID Connect Discovery, 4)."""
        if self._said is None or self._said_at is None or now - self._said_at >= KEPT:
            said = self._json(
                "GET", self.rules.issuer.rstrip("/") + "/.well-known/openid-configuration", headers={}
            )
            if said.get("issuer") != self.rules.issuer:
                raise AccessError(
                    "What answers at the company's address says that it is another issuer.", code="company-answer",
                    hint="Write `issuer` exactly as the provider names itself, a slash at the end included.",
                )  # fmt: skip
            self._said, self._said_at = said, now
        return self._said

    def _known_keys(self, now: datetime) -> "KeySet":
        if self._keys is None:
            said = self._json("GET", self._address("jwks_uri", now), headers={})
            self._keys, self._keys_at = keys_of(said), now
        return self._keys

    def _address(self, what: str, now: datetime) -> str:
        place = self._metadata(now).get(what)
        if not isinstance(place, str):
            raise AccessError(f"The company's sign-in names no {what}.", code="company-answer")
        return self._safe(place)

    def _safe(self, place: object) -> str:
        """Give an address that may be used: by https, or on this machine where the issuer is."""
        text, here = str(place), urlsplit(self.rules.issuer).hostname in LOOPBACK
        parts = urlsplit(text)
        if parts.scheme == "https" or (parts.scheme == "http" and here and parts.hostname in LOOPBACK):
            return text
        raise AccessError("The company's sign-in names an address that is not safe.", code="company-answer")

    def _json(
        self, method: str, url: str, *, headers: Mapping[str, str], form: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        """Ask, and give the object that is answered."""
        status, body = self._ask(method, url, {"Accept": "application/json", **headers}, form)
        try:
            said = json.loads(body)
        except ValueError:
            said = None
        if status >= 500:
            raise self._down(f"it answers {status}")
        if status != 200 or not isinstance(said, dict):
            word = said.get("error") if isinstance(said, dict) else None
            told = f" ({str(word)[:60]})" if isinstance(word, str) and word.isprintable() else ""
            raise AccessError(f"The company's sign-in answers {status}{told}.", code="company-answer")
        return said

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> tuple[int, bytes]:
        import httpx2  # noqa: PLC0415 - only where somebody signs in by the company

        try:
            with (
                httpx2.Client(timeout=PATIENCE, follow_redirects=False) as http,
                http.stream(method, url, headers=dict(headers), data=dict(form) if form else None) as answer,
            ):
                body = b""
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > LARGEST:
                        raise AccessError("The company's sign-in answers too much.", code="company-answer")
                return answer.status_code, body
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self._down(type(error).__name__) from error

    def _down(self, why: str) -> AccessError:
        return AccessError(
            f"{self.rules.label} cannot be reached ({why}).", code="company-down",
            hint="Try again later, or sign in with name and password if you have one.",
        )  # fmt: skip


def _with(address: str, asked: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"
