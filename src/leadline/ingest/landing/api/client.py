"""One request at a time: made within the declared rate, repeated while that may help, and refused by name.

Nothing but the declared address is spoken to: links and redirects to another host, scheme or port are errors, so that
no answer can carry credentials elsewhere. What is shown of a request is its path, never its query or its headers.
"""

import ipaddress
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin, urlsplit

from leadline.catalog.definitions.api import Api, Session
from leadline.catalog.definitions.base import seconds
from leadline.errors import SourceError
from leadline.ingest.landing.api import answers, waiting
from leadline.ingest.landing.api.answers import CutOff
from leadline.ingest.landing.api.credentials import Credentials, Reveal, credentials
from leadline.ingest.landing.api.filling import Asked
from leadline.ingest.landing.page import Heed
from leadline.secret import redacted

if TYPE_CHECKING:
    import httpx2

T = TypeVar("T")
WORTH_REPEATING = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer read to its end. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

    @property
    def charset(self) -> str:
        """Name the encoding that its header names."""
        kind = self.headers.get("content-type", "")
        return kind.partition("charset=")[2].split(";")[0].strip(' "') or "utf-8"


class Again(Exception):
    """It did not work, and may work later."""

    def __init__(self, why: str, code: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.code = code
        self.wait = wait


@dataclass(slots=True)
class Client:
    """Speaks to one API. `name` is the source's, for messages."""

    api: Api
    name: str
    reveal: Reveal
    heed: Heed = lambda: None
    pace: waiting.Pace = field(default_factory=waiting.Real)
    begun: str | None = None
    """The Date of the first answer, by the API's own clock."""
    requests: int = 0
    _http: "httpx2.Client | None" = None
    _limit: waiting.Limit | None = None
    _credentials: Credentials | None = None

    @contextmanager
    def open(self) -> Iterator["Client"]:
        """Open connections. Raises LeadlineError when the extra is not installed or a secret is not set."""
        try:
            import httpx2  # noqa: PLC0415 - a fifth of a second that only sources with an API pay
        except ImportError:
            raise SourceError(
                f"The source {self.name!r} reads an API, and what that needs is not installed.",
                code="no-httpx", hint="pip install 'leadline[connectors]'",
            ) from None  # fmt: skip
        origin(self.api.url)
        self._limit = waiting.Limit(self.api.rate, self.pace)
        self._credentials = credentials(self.api.auth, self.reveal, self._post, self._absolute)
        encrypted = any(
            scheme == "https" for scheme, *_ in self._allowed()
        )  # certificates take a tenth of a second
        with httpx2.Client(
            timeout=self.api.timeout_seconds, follow_redirects=False, verify=encrypted
        ) as http:
            http.headers["User-Agent"] = "leadline"
            self._http = http
            yield self

    @property
    def _who(self) -> Credentials:
        assert self._credentials is not None, "the client is open"  # noqa: S101 - a fault of ours, not a user's
        return self._credentials

    def places(self) -> Mapping[str, str]:
        """Give what the credentials fill in requests."""
        return self._who.places()

    def send(self, ask: Callable[[], Asked], read: Callable[[Answer], T]) -> T:
        """Make a request until `read` takes its answer. `ask` gives it anew each time: a session's key may change.

        Raises:
            SourceError: it is refused, or did not succeed in as many attempts as are declared.
        """
        renewed = False
        attempt = 0
        while True:
            attempt += 1
            self.heed()
            asked = ask()
            try:
                answer = self._once(asked, self._who.headers())
                if self._is_refusal(answer):
                    if renewed or not self._who.refused():
                        raise self._unauthorised(asked, answer)
                    renewed = True
                    continue
                return read(answer)
            except CutOff as error:
                again = Again(f"the answer is {error}", code="api-answer")
            except Again as error:
                again = error
            self._pause(asked, again, attempt)

    def _pause(self, asked: Asked, again: Again, attempt: int) -> None:
        """Wait before another attempt, or give up."""
        if attempt >= self.api.attempts:
            times = f"{attempt} attempts" if attempt > 1 else "1 attempt"
            raise self.error(f"{self._shown(asked)} did not succeed in {times}: {again.why}.", code=again.code,
                             hint="What was fetched before is kept; the next fetch goes on from there.")  # fmt: skip
        wait = waiting.backed_off(attempt) if again.wait is None else again.wait
        if wait > seconds(self.api.longest_wait):
            raise self.error(
                f"{self._shown(asked)} asks to wait {wait:,.0f} seconds, longer than `longest_wait`.",
                code="api-throttled", hint="Fetch again later, or declare a lower `rate`.",
            )  # fmt: skip
        self.pace.wait(wait, self.heed)

    def _once(self, asked: Asked, headers: Mapping[str, str]) -> Answer:
        """Make a request once and read its answer. Raises Again when another attempt may help, else SourceError."""
        url = self._absolute(asked.path)
        body = None if asked.body is None else json.dumps(asked.body).encode()
        sent = {"Accept": "application/json, */*;q=0.5", **asked.headers, **headers}
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        answer = self._exchange(asked.method, url, asked.query, sent, body)
        if 300 <= answer.status < 400:
            raise self._redirected(asked, answer)
        if answer.status >= 400 and answer.status != 401:
            raise self.error(
                f"{self._shown(asked)} is refused ({answer.status}){self._words(answer)}",
                code="api-forbidden"
                if answer.status == 403
                else "api-gone"
                if answer.status in {404, 410}
                else "api-refused",
                hint="Look at the rights of the one who asks." if answer.status == 403 else "",
            )
        return answer

    def _exchange(
        self, method: str, url: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        import httpx2  # noqa: PLC0415 - as above

        assert self._http is not None  # noqa: S101 - a fault of ours, not a user's
        assert self._limit is not None  # noqa: S101 - same
        self._limit.keep(self.heed)
        self.requests += 1
        try:
            request = self._http.build_request(
                method, url, params=query or None, headers=headers, content=body
            )
            response = self._http.send(request, stream=True)
            try:
                content = self._read(response)
            finally:
                response.close()
        except httpx2.TimeoutException as error:
            raise Again(
                f"no answer within {self.api.timeout_seconds:g} seconds", code="api-unreachable"
            ) from error
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            raise Again(f"the connection failed ({type(error).__name__})", code="api-unreachable") from error
        found = {name.lower(): value for name, value in response.headers.items()}
        self.begun = self.begun or found.get("date")
        if response.status_code in WORTH_REPEATING:
            raise Again(
                f"it answers {response.status_code}",
                code="api-throttled" if response.status_code in {429, 529} else "api-unavailable",
                wait=waiting.asked_for(found),
            )
        return Answer(response.status_code, found, content)

    def _read(self, response: "httpx2.Response") -> bytes:
        parts: list[bytes] = []
        size = 0
        for part in response.iter_bytes():
            self.heed()
            parts.append(part)
            size += len(part)
            if size > answers.LARGEST:
                raise answers.too_large()
        return b"".join(parts)

    def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> Any:
        """Ask for a token or a session."""
        asked = Asked("POST", url)
        sent = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded", **headers}
        for attempt in range(1, self.api.attempts + 1):
            try:
                answer = self._exchange("POST", url, {}, sent, body)
                if answer.status >= 300:
                    raise self._unauthorised(asked, answer)
                return json.loads(answer.content)
            except ValueError:
                again = Again("its answer is no JSON", code="api-answer")
            except Again as error:
                again = error
            self._pause(asked, again, attempt)
        raise AssertionError("the last attempt has given up")

    def _is_refusal(self, answer: Answer) -> bool:
        """Tell whether the API does not (or no longer) know who asks."""
        if answer.status == 401:
            return True
        scheme = self.api.auth.session if self.api.auth else None
        if not isinstance(scheme, Session) or scheme.refused_at is None:
            return False
        try:
            said = answers.value(json.loads(answer.content), scheme.refused_at)
        except ValueError:
            return False
        return isinstance(said, str) and said in scheme.refused

    def _unauthorised(self, asked: Asked, answer: Answer) -> SourceError:
        named = ", ".join(self.api.secrets()) or "none"
        return self.error(
            f"{self._shown(asked)} does not accept the credentials ({answer.status}){self._words(answer)}",
            code="api-credentials", hint=f"Secrets used: {named}. Have they expired, or been withdrawn?",
        )  # fmt: skip

    def _redirected(self, asked: Asked, answer: Answer) -> SourceError:
        host = urlsplit(urljoin(self._absolute(asked.path), answer.headers.get("location", ""))).netloc
        return self.error(
            f"{self._shown(asked)} leads elsewhere ({answer.status}, to {host or 'nowhere'}).",
            code="api-elsewhere", hint="Redirects are not followed. If you trust the other host, write it as `url`.",
        )  # fmt: skip

    def _absolute(self, path: str) -> str:
        """Give the whole address of a path, of a whole address on the same host, or of the token's declared host."""
        if not path.startswith(("http://", "https://")):
            whole = self.api.url.rstrip("/") + "/" + path.lstrip("/") if path else self.api.url
        else:
            whole = path
        if origin(whole) not in self._allowed():
            raise self.error(
                f"The API gives an address on another host, {urlsplit(whole).netloc!r}.", code="api-elsewhere",
                hint="Only the declared `url` is spoken to.",
            )  # fmt: skip
        return whole

    def _allowed(self) -> set[tuple[str, str, int]]:
        return {origin(self.api.url), *_token_origins(self.api)}

    def linked(self, link: str) -> str:
        """Give a link of an answer as a whole address, if it stays on the declared host. Raises SourceError if not."""
        base = self.api.url.rstrip("/") + "/"
        whole = urljoin(base, link)
        if origin(whole) != origin(self.api.url):
            raise self.error(
                f"The next page is on another host, {urlsplit(whole).netloc!r}.", code="api-elsewhere",
                hint="Only the declared `url` is spoken to.",
            )  # fmt: skip
        return whole

    def _shown(self, asked: Asked) -> str:
        path = urlsplit(self._absolute(asked.path)).path
        return f"{asked.method} {path}"

    def _words(self, answer: Answer) -> str:
        """Give what an answer says of an error, cut short."""
        text = " ".join(answer.content[: _SHOWN * 4].decode("utf-8", "replace").split())[:_SHOWN]
        return f": {text}" if text and not text.startswith("<") else "."

    def error(self, message: str, *, code: str, hint: str = "") -> SourceError:
        """Make an error of this source, every credential in it covered."""
        return SourceError(redacted(f"{self.name}: {message}"), code=code, hint=redacted(hint))


def origin(url: str) -> tuple[str, str, int]:
    """Give scheme, host and port of an address.

    Raises:
        SourceError: it is none, or it is neither https nor on this machine.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        parts, port = urlsplit(""), 0
    host = (parts.hostname or "").lower()
    if parts.scheme not in {"https", "http"} or not host or "@" in parts.netloc:
        raise SourceError("An API's address begins with https:// and names a host.", code="api-address")
    if parts.scheme == "http" and not _here(host):
        raise SourceError(
            f"{host!r} is asked for without encryption.", code="api-address",
            hint="Write https://; http:// is for this machine alone.",
        )  # fmt: skip
    return parts.scheme, host, port


def _here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _token_origins(api: Api) -> set[tuple[str, str, int]]:
    """Give where tokens come from, if that is declared to be another host."""
    auth = api.auth
    scheme = (auth.client_credentials or auth.refresh_token) if auth else None
    url = scheme.token_url if scheme else ""
    return {origin(url)} if url.startswith(("http://", "https://")) else set()
