"""`stream:` messages of a broker: Kafka, NATS (JetStream), RabbitMQ or Redis streams."""

from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field

from leadline.catalog.definitions.base import Name
from leadline.catalog.definitions.landing import ColumnName, Lands

Broker = Literal["kafka", "nats", "rabbitmq", "redis"]

SCHEMES: dict[str, Broker] = {
    "kafka": "kafka", "kafka+ssl": "kafka", "nats": "nats", "tls": "nats", "amqp": "rabbitmq", "amqps": "rabbitmq",
    "redis": "redis", "rediss": "redis",
}  # fmt: skip

POSITION = "_position"
"""The column with a message's place in its stream: the same whenever it is delivered."""


class Stream(Lands):
    """The messages of one topic: a Kafka topic, a NATS subject, a RabbitMQ queue, a Redis stream.

    `url` names the broker by its scheme, several Kafka servers by commas, and the user, never the password: that is
    `secret`. `stream` is the JetStream that keeps a NATS subject. `group` is under what name the broker remembers what
    was taken. `body` is the field of a Redis entry that holds the message; without it, its fields are the message.
    Without a listener, a fetch takes what there is until nothing came for `quiet_seconds`, at most for `most_seconds`.

    A message that is no JSON object lands too: `_fault` says why, `_raw` has its text, and all else is null.
    """

    tuning: ClassVar[frozenset[str]] = frozenset(
        {"url", "secret", "group", "quiet_seconds", "most_seconds", "deleted"}
    )

    url: Annotated[str, Field(min_length=1, max_length=1000)]
    topic: Annotated[str, Field(min_length=1, max_length=255)]
    stream: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    group: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")] = "leadline"
    body: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    secret: Name | None = None
    quiet_seconds: Annotated[float, Field(gt=0, le=600, strict=False)] = 2
    most_seconds: Annotated[float, Field(gt=0, le=86_400, strict=False)] = 60

    @property
    def broker(self) -> Broker | None:
        """Which broker the address is of, if it is of one."""
        return SCHEMES.get(urlsplit(self.url).scheme)

    @property
    def record_key(self) -> tuple[ColumnName, ...]:
        """The declared key, or the place in the stream."""
        return self.key or (POSITION,)
