"""FastStream's brokers, made from a source: each hands over what came and acknowledges it once that is on disk.

What a broker delivers and has not been told of comes again: from Kafka from the last committed place, from NATS after
`ack_wait`, from RabbitMQ when the connection ends, from Redis when it was idle for `IDLE` milliseconds.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from leadline.catalog.definitions import Source
from leadline.catalog.definitions.stream import Stream
from leadline.errors import LeadlineError, SourceError
from leadline.ingest.landing.streams.messages import Message
from leadline.secret import Secret

Keep = Callable[[Sequence[Message]], Awaitable[None]]
"""Returns when the messages are on disk."""

TOGETHER = 500
"""Messages that are taken together, at most."""

IDLE = 2_000
ACK_WAIT = 15.0


@dataclass(frozen=True, slots=True)
class Listening:
    """Whose messages are taken, with what password, and what keeps them."""

    source: str
    stream: Stream
    secret: Secret | None
    keep: Keep


def broker(one: Listening) -> Any:
    """Give a broker with its subscribers, not started.

    Raises:
        LeadlineError: the extra `streaming` is not installed, or the address is of no broker.
    """
    try:
        import faststream  # noqa: F401, PLC0415  # asked for here, so that its absence has a name
    except ModuleNotFoundError as error:
        raise LeadlineError(
            "Message streams need the extra `streaming`.", code="no-faststream",
            hint="pip install 'leadline[streaming]'",
        ) from error  # fmt: skip
    make = _MAKERS.get(one.stream.broker or "")
    if make is None:
        raise SourceError(f"The address of {one.source!r} is of no broker.", code="stream-url")
    return make(one)


def _kafka(one: Listening) -> Any:
    from faststream import AckPolicy  # noqa: PLC0415  # the extra `streaming`
    from faststream.kafka import KafkaBroker  # noqa: PLC0415  # same
    from faststream.security import BaseSecurity, SASLPlaintext  # noqa: PLC0415  # same

    parts = urlsplit(one.stream.url)
    user, _, servers = parts.netloc.rpartition("@")
    tls = parts.scheme == "kafka+ssl"
    security: BaseSecurity | None = BaseSecurity(use_ssl=True) if tls else None
    if one.secret is not None:
        security = SASLPlaintext(username=user, password=one.secret.reveal(), use_ssl=tls)
    made = KafkaBroker(servers.split(","), security=security, apply_types=False, logger=None)

    async def take(came: Any) -> None:
        await one.keep([_of_kafka(one.stream, record) for record in came.raw_message])
        await came.ack()  # commits all that was given out, and nothing else is before this returns

    made.subscriber(
        one.stream.topic, batch=True, max_records=TOGETHER, group_id=one.stream.group,
        auto_offset_reset="earliest", ack_policy=AckPolicy.MANUAL, decoder=_as_it_came,
    )(take)  # fmt: skip
    return made


def _of_kafka(stream: Stream, record: Any) -> Message:
    return Message(
        stream.topic, record.topic, f"{record.topic}/{record.partition}/{record.offset}", record.value or b"",
        key=None if record.key is None else record.key.decode(errors="backslashreplace"),
        sent_at=_instant(record.timestamp / 1000) if record.timestamp and record.timestamp > 0 else None,
    )  # fmt: skip


def _nats(one: Listening) -> Any:
    from faststream import AckPolicy  # noqa: PLC0415  # the extra `streaming`
    from faststream.nats import JStream, NatsBroker, PullSub  # noqa: PLC0415  # same
    from nats.js.api import ConsumerConfig  # noqa: PLC0415  # same

    made = NatsBroker(
        _address(one), apply_types=False, logger=None, max_reconnect_attempts=-1, reconnect_time_wait=1
    )

    async def take(came: Any) -> None:
        await one.keep([_of_nats(one.stream, raw) for raw in came.raw_message])
        await came.ack()

    made.subscriber(
        one.stream.topic, stream=JStream(one.stream.stream or "", declare=False), durable=one.stream.group,
        config=ConsumerConfig(ack_wait=ACK_WAIT), pull_sub=PullSub(batch=True, batch_size=TOGETHER, timeout=0.5),
        ack_policy=AckPolicy.MANUAL, decoder=_as_it_came,
    )(take)  # fmt: skip
    return made


def _of_nats(stream: Stream, raw: Any) -> Message:
    known = raw.metadata
    return Message(
        stream.topic, raw.subject, f"{known.stream}/{known.sequence.stream}", raw.data,
        id=(raw.headers or {}).get("Nats-Msg-Id"),
        sent_at=known.timestamp.astimezone(UTC).isoformat() if known.timestamp else None,
    )  # fmt: skip


def _rabbitmq(one: Listening) -> Any:
    from faststream import AckPolicy  # noqa: PLC0415  # the extra `streaming`
    from faststream.rabbit import Channel, RabbitBroker, RabbitQueue  # noqa: PLC0415  # same

    made = RabbitBroker(
        _address(one), apply_types=False, logger=None, default_channel=Channel(prefetch_count=TOGETHER)
    )

    async def take(came: Any) -> None:
        await one.keep([_of_rabbitmq(one.stream, came.raw_message)])
        await came.ack()

    made.subscriber(
        RabbitQueue(one.stream.topic, declare=False), ack_policy=AckPolicy.MANUAL, decoder=_as_it_came
    )(take)
    return made


def _of_rabbitmq(stream: Stream, raw: Any) -> Message:
    sent = raw.timestamp
    return Message(
        stream.topic, raw.routing_key or "", "", raw.body, id=raw.message_id,
        sent_at=sent.astimezone(UTC).isoformat() if sent else None,
    )  # fmt: skip


def _redis(one: Listening) -> Any:
    from faststream import AckPolicy  # noqa: PLC0415  # the extra `streaming`
    from faststream.redis import RedisBroker, StreamSub  # noqa: PLC0415  # same

    quiet: Any = None  # the annotation of `logger` forgets that none is allowed
    made = RedisBroker(_address(one), apply_types=False, logger=quiet)

    async def take(came: Any) -> None:
        raw = came.raw_message
        entries = raw["data"] if isinstance(raw["data"], list) else [raw["data"]]
        found = [_of_redis(one.stream, i, d) for i, d in zip(raw["message_ids"], entries, strict=True)]
        await one.keep(found)
        await came.ack()

    also: dict[str, Any] = {"ack_policy": AckPolicy.MANUAL, "decoder": _as_it_came, "parser": _unparsed}
    group = one.stream.group
    again = StreamSub(one.stream.topic, group=group, consumer=f"{group}-again", min_idle_time=IDLE)
    made.subscriber(stream=again, **also)(take)
    new = StreamSub(one.stream.topic, group=group, consumer=group, batch=True, max_records=TOGETHER)
    made.subscriber(stream=new, **also)(take)
    return made


async def prepare(one: Listening, made: Any) -> None:
    """Make the group of a Redis stream, from its beginning: FastStream's own begins with what is yet to come."""
    if one.stream.broker != "redis":
        return
    from redis.exceptions import ResponseError  # noqa: PLC0415  # the extra `streaming`

    client = await made.connect()
    try:
        await client.xgroup_create(one.stream.topic, one.stream.group, id="0", mkstream=True)
    except ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise


async def _unparsed(raw: Any, parse: Callable[[Any], Awaitable[Any]]) -> Any:
    """Keep FastStream from reading the fields, which need not be as its own senders write them."""
    nothing = {b"data": b"{}"}
    made = await parse({**raw, "data": [nothing] if isinstance(raw["data"], list) else nothing})
    made.raw_message = raw
    return made


def _of_redis(stream: Stream, entry: bytes, fields: dict[bytes, bytes]) -> Message:
    import json  # noqa: PLC0415  # only where fields are the message

    place = entry.decode()
    if stream.body is not None:
        body = fields.get(stream.body.encode(), b"")
    else:
        texts = {
            k.decode(errors="backslashreplace"): v.decode(errors="backslashreplace")
            for k, v in fields.items()
        }
        body = json.dumps(texts, ensure_ascii=False).encode()
    return Message(
        stream.topic, stream.topic, place, body, sent_at=_instant(int(place.partition("-")[0]) / 1000)
    )


def _address(one: Listening) -> str:
    """Give the address with the password in it: it goes to the driver and nowhere else."""
    if one.secret is None:
        return one.stream.url
    parts = urlsplit(one.stream.url)
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(one.secret.reveal(), safe='')}@{host}"))


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


async def _as_it_came(message: Any) -> Any:
    """Decode nothing: what cannot be read lands too, and is held with its reason."""
    return message


def source_of(source: Source) -> Stream:
    """Give the stream of a source that has one."""
    if source.stream is None:
        raise SourceError(f"{source.name!r} is no stream.", code="not-fetched")
    return source.stream


_MAKERS: dict[str, Callable[[Listening], Any]] = {
    "kafka": _kafka, "nats": _nats, "rabbitmq": _rabbitmq, "redis": _redis,
}  # fmt: skip
