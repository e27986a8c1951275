"""The `api:` of a source: what is asked of a REST API, page after page, and where the records stand in its answers.

A text may hold places to fill: `{since}` (where the last fetch ended), `{parent.name}` (of the record whose children
are fetched), `{job.id}` and `{job.result}` (of an export that was started), `{session}` (after a login). A query
parameter whose place has nothing to fill it yet is left out. Secrets stand under `auth` by name, and nowhere else.
"""

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from leadline.catalog.definitions.base import Model, Name, TimeSpan
from leadline.catalog.definitions.landing import ColumnName, Lands

PLACE = re.compile(r"\{((?:since|session|secret)|(?:parent|job)\.[A-Za-z_][\w.]*)\}")
"""A place in a text that is filled when a request is made."""


def _as_text(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


Text = Annotated[str, BeforeValidator(_as_text)]
"""A text; a number or true is written as it stands."""

AnswerPath = Annotated[str, Field(max_length=300)]
"""Where something stands in an answer: `meta.next`, `items[0].id`, `result[*].fields`, `["@odata.nextLink"]`; empty is
the whole answer. A `?` at the end says that it may be missing."""


def _one_of(model: Model, what: str) -> None:
    given = [name for name in type(model).model_fields if getattr(model, name) is not None]
    if len(given) != 1:
        raise ValueError(f"takes exactly one of {what}")


class ByPage(Model):
    """Pages have numbers. It ends with the page `last`, when `more` is false, or with a page that is not full."""

    to: str
    first: int = 1
    rows: Annotated[int, Field(gt=0)] | None = None
    """How many records a full page has; without it, the walk ends at the first page without records."""
    last: AnswerPath | None = None
    more: AnswerPath | None = None


class ByOffset(Model):
    """A request says how many records to pass over. It ends as `ByPage` does, or at `total` records."""

    to: str
    rows: Annotated[int, Field(gt=0)] | None = None
    total: AnswerPath | None = None
    more: AnswerPath | None = None


class ByCursor(Model):
    """An answer holds a word that the next request gives back. It ends when there is none, or `more` or `done` say."""

    from_: AnswerPath = Field(alias="from")
    to: str
    more: AnswerPath | None = None
    done: AnswerPath | None = None
    lasting: bool = False
    """The word stays good: the next fetch begins with the last one, so nothing is asked for twice."""


class ByLink(Model):
    """An answer holds the next page's address, whole or from the root; without `from`, its Link header does."""

    from_: AnswerPath | None = Field(default=None, alias="from")
    more: AnswerPath | None = None
    done: AnswerPath | None = None
    lasting: bool = False


class ByRecord(Model):
    """The next request names the last record's `field`. It ends when `more` is false or a page has no records."""

    field: AnswerPath
    to: str
    more: AnswerPath | None = None


class Pages(Model):
    """How an API gives long lists: exactly one way."""

    page: ByPage | None = None
    offset: ByOffset | None = None
    cursor: ByCursor | None = None
    link: ByLink | None = None
    record: ByRecord | None = None

    @model_validator(mode="after")
    def _one(self) -> "Pages":
        _one_of(self, "page, offset, cursor, link, record")
        return self


class Since(Model):
    """Where the last fetch ended: the largest `field` seen, given back in the place `{since}`.

    `as` says how it is written there: `iso`, `epoch`, `epoch_ms`, `date`, `text`, `number`, or a pattern such as
    `%Y-%m-%d %H:%M`, which is wall-clock time in `time_zone`. `overlap` is asked for again each time, for what the
    system wrote late. With `sorted`, the API gives records in the order of `field`: then each page is asked for from
    where the one before ended, and nothing is missed when records change meanwhile.
    """

    field: AnswerPath
    as_: str = Field(default="iso", alias="as")
    begin: Text | None = None
    overlap: TimeSpan | Literal["none"] = "5 minutes"
    sorted: bool = False
    time_zone: str = "UTC"


class Request(Model):
    """One kind of request, and where the records stand in its answers."""

    path: str = ""
    method: Literal["GET", "POST"] = "GET"
    query: dict[str, Text] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    body: dict[str, Any] | None = None
    records: AnswerPath = ""
    pages: Pages | None = None
    since: Since | None = None
    answer: Literal["json", "lines", "csv"] = "json"
    packed: Literal["zip", "gzip"] | None = None
    encoded: AnswerPath | None = None
    """Where in a JSON answer the real one stands as base64."""


class Parent(Request):
    """The records whose children are fetched; `keep` of each are columns of its children, as `parent__name`."""

    keep: tuple[str, ...] = Field(strict=False, min_length=1)


class Job(Model):
    """An export that is started, asked about until it is ready, and then fetched by the request itself."""

    path: str
    method: Literal["GET", "POST"] = "POST"
    query: dict[str, Text] = Field(default_factory=dict)
    body: dict[str, Any] | None = None
    id: AnswerPath
    poll: str
    state: AnswerPath
    ready: str
    failed: tuple[str, ...] = Field(default=("failed",), strict=False)
    result: AnswerPath | None = None
    every_seconds: Annotated[float, Field(ge=0.05, le=3600)] = 5.0
    within: TimeSpan = "1 hour"


class Bearer(Model):
    """`Authorization: Bearer …`."""

    secret: Name


class Basic(Model):
    """A user and a secret password; or, with `as_user`, a secret user and a password that says nothing."""

    user: str = ""
    secret: Name
    as_user: bool = False
    password: str = "X"  # noqa: S105 - what is written where the user's name is the secret


class Header(Model):
    """A header that holds the secret, after a prefix if there is one."""

    name: str
    secret: Name
    prefix: str = ""


class ClientCredentials(Model):
    """OAuth 2 (RFC 6749, 4.4): the client's own token, fetched anew when it is refused."""

    token_url: str
    client_id: str
    secret: Name
    scope: str | None = None
    extra: dict[str, Text] = Field(default_factory=dict)
    by: Literal["body", "basic"] = "body"


class RefreshToken(Model):
    """OAuth 2 (RFC 6749, 6): a token fetched with a refresh token, anew when it is refused."""

    token_url: str
    client_id: str
    secret: Name | None = None
    refresh: Name
    scope: str | None = None


class Session(Model):
    """A login whose answer holds a key; `{secret}` in its body is the secret, `{session}` elsewhere the key.

    `refused` is what an answer says, at `refused_at`, when the key has expired.
    """

    path: str
    method: Literal["POST"] = "POST"
    body: dict[str, Any]
    key: AnswerPath
    secret: Name
    header: str | None = None
    refused_at: AnswerPath | None = None
    refused: tuple[str, ...] = Field(default=(), strict=False)


class Auth(Model):
    """How the API knows who asks: exactly one way, its secrets by name."""

    bearer: Bearer | None = None
    basic: Basic | None = None
    header: Header | None = None
    client_credentials: ClientCredentials | None = None
    refresh_token: RefreshToken | None = None
    session: Session | None = None

    @model_validator(mode="after")
    def _one(self) -> "Auth":
        _one_of(self, "bearer, basic, header, client_credentials, refresh_token, session")
        return self


class Busy(Model):
    """What an answer says, at a place, when the API is asked too much though its status is 200."""

    at: AnswerPath
    says: tuple[str, ...] = Field(strict=False, min_length=1)


class Fails(Model):
    """Where an answer says what went wrong though its status is 200; `except` are words that mean nothing bad."""

    at: AnswerPath
    except_: tuple[str, ...] = Field(default=(), strict=False, alias="except")


class Rate(Model):
    """What the API allows."""

    requests: Annotated[int, Field(gt=0)]
    per: Literal["second", "minute", "hour"] = "minute"


class Api(Lands, Request):
    """Records of a REST API: its address, who asks, what is asked, and how patiently.

    Nothing but `url` is ever spoken to (and the host of `token_url`): a link or a redirect to another is refused.
    With `each`, the items of a list in a record become the rows: an item's fields, its `position`, and the record's
    own fields as `record__name`. `instants` are fields that hold seconds (or milliseconds) since 1970: they land as
    instants in UTC.
    """

    tuning: ClassVar[frozenset[str]] = frozenset(
        {"auth", "rate", "attempts", "longest_wait", "timeout_seconds", "deleted"}
    )

    url: Annotated[str, Field(min_length=8, max_length=500)]
    auth: Auth | None = None
    parent: Parent | None = None
    job: Job | None = None
    each: AnswerPath | None = None
    instants: tuple[str, ...] = Field(default=(), strict=False)
    optional: tuple[ColumnName, ...] = Field(default=(), strict=False)
    """Columns that records may lack, all of them: they land empty, and a mapping may read them."""
    busy: Busy | None = None
    fails: Fails | None = None
    rate: Rate | None = None
    attempts: Annotated[int, Field(ge=1, le=20)] = 6
    """How often one request is made before it fails."""
    longest_wait: TimeSpan = "15 minutes"
    """An API that asks for a longer pause is given up for this time."""
    timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 60.0

    def secrets(self) -> tuple[str, ...]:
        """Name the secrets that it needs."""
        if self.auth is None:
            return ()
        scheme = next(way for name in type(self.auth).model_fields if (way := getattr(self.auth, name)))
        return tuple(name for key in ("secret", "refresh") if (name := getattr(scheme, key, None)))
