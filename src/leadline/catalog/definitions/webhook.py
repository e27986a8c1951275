"""`webhook:` records that another system sends by itself, signed."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from leadline.catalog.definitions.api import AnswerPath
from leadline.catalog.definitions.base import Name, TimeSpan
from leadline.catalog.definitions.landing import Lands

WHOLE_STATES = frozenset({"shopify", "hub"})
"""Schemes that send a thing as it now is, whose `id` is the thing's: of every event of it the same."""

SIGNED_AT = frozenset({"stripe", "zendesk", "standard"})
"""Schemes that sign when an event was sent; with the others, only an event's identity tells a replay."""


class Webhook(Lands):
    """Events that are sent to `/hooks/NAME` of the served pages; `secret` names what signs them.

    `scheme` says how: as `stripe`, `zendesk`, `shopify` or `segment` do, by `standard` webhooks, or by a `hub`'s
    `X-Hub-Signature-256`. An event counts once, by what stands at `id` in it (its whole text if nothing does): without
    a word, at `id` where events have one of their own, and by their whole text with `shopify` and `hub`. What stands at
    `records` are its records; each also has `event__id`, `event__received_at` and `event__position`, which are its key
    unless another is declared.
    """

    tuning: ClassVar[frozenset[str]] = frozenset(
        {"secret", "scheme", "tolerance", "most_kilobytes", "deleted"}
    )

    secret: Name
    scheme: Literal["stripe", "zendesk", "shopify", "segment", "standard", "hub"] = "standard"
    id: AnswerPath | None = None
    records: AnswerPath = ""
    tolerance: TimeSpan = "5 minutes"
    """Events that were signed longer ago, or will be, are refused."""
    most_kilobytes: Annotated[int, Field(ge=1, le=65_536)] = 1024

    @property
    def event_id(self) -> AnswerPath | None:
        """Where an event tells its identity; None where its whole text does."""
        return self.id if self.id is not None or self.scheme in WHOLE_STATES else "id"

    @property
    def record_key(self) -> tuple[str, ...]:
        """The columns that tell records apart: as declared, or the event and the record's place in it."""
        return self.key or ("event__id", "event__position")
