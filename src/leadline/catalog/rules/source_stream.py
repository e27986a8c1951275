"""A stream's address is one of a broker, without a password, and its messages can be told apart."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Source
from leadline.catalog.definitions.stream import SCHEMES, Stream
from leadline.catalog.problems import Problem


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find addresses of nothing that is known, passwords in them, and what a broker needs to be told or cannot be."""
    for source in catalog.sources.values():
        if source.stream is not None:
            yield from _address(catalog, source, source.stream)
            yield from _options(catalog, source, source.stream)


def _address(catalog: Catalog, source: Source, stream: Stream) -> Iterator[Problem]:
    place = catalog.place(source, "stream", "url")
    if stream.broker is None:
        yield Problem(
            "error", "stream-url", "The address is of no broker that Leadline knows.", place,
            f"It begins with {', '.join(f'{scheme}://' for scheme in SCHEMES)}.",
        )  # fmt: skip
        return
    user, at, host = urlsplit(stream.url).netloc.rpartition("@")
    if at and ":" in user:
        yield Problem(
            "error", "stream-url", "A password stands in the address, where everybody may read it.", place,
            "Write the user alone, and `secret: name` for the password.",
        )  # fmt: skip
    if not host:
        yield Problem(
            "error",
            "stream-url",
            "The address names no server.",
            place,
            "For example redis://localhost:6379.",
        )


def _options(catalog: Catalog, source: Source, stream: Stream) -> Iterator[Problem]:
    if stream.broker == "nats" and not stream.stream:
        yield Problem(
            "error", "stream-option", "NATS remembers messages in a JetStream only, and none is named.",
            catalog.place(source, "stream"), "Write `stream:` and its name: `nats stream ls` shows them.",
        )  # fmt: skip
    if stream.broker == "rabbitmq" and not stream.key:
        yield Problem(
            "error", "stream-option", "RabbitMQ gives messages no place of their own: one that comes twice could not "
            "be told from two.", catalog.place(source, "stream"),
            "Write `key:` and what tells them apart: `[order_id]`, or `[_message_id]` if the sender sets that.",
        )  # fmt: skip
    for name, broker in (("stream", "nats"), ("body", "redis")):
        if getattr(stream, name) and stream.broker not in {None, broker}:
            yield Problem(
                "error", "stream-option", f"`{name}` is of {broker}; this is {stream.broker}.",
                catalog.place(source, "stream", name), "Remove it.",
            )  # fmt: skip
