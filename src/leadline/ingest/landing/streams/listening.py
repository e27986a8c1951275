"""Taking messages until told to stop, or until nothing comes any more.

Whatever happens to a broker or to the way there, it is tried again; what the log refuses ends the listening, for then
nothing can be acknowledged.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from leadline.catalog.definitions.stream import Stream
from leadline.errors import LeadlineError, SourceError
from leadline.ingest.landing.streams.brokers import Listening, broker, prepare
from leadline.ingest.landing.streams.log import Writer
from leadline.ingest.landing.streams.messages import Message
from leadline.secret import Secret, redacted

Told = Callable[[str, str, int], None]
"""Told the source, what is going on (`listening`, `waiting: …`) and how many messages came so far."""

AGAIN = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds to wait before a broker is tried again, longer each time."""

LOOKS = 0.2
PATIENCE = 15.0


@dataclass(slots=True)
class Keeper:
    """Writes what comes: messages that come while others are being written are written together next."""

    writer: Writer
    failed: LeadlineError | None = None
    last: float = 0.0
    _waiting: list[tuple[Sequence[Message], "asyncio.Future[None]"]] = field(default_factory=list)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def keep(self, messages: Sequence[Message]) -> None:
        """Return when the messages are on disk."""
        loop = asyncio.get_running_loop()
        mine: asyncio.Future[None] = loop.create_future()
        self._waiting.append((messages, mine))
        self.last = loop.time()
        async with self._lock:
            if not mine.done():
                batch, self._waiting = self._waiting, []
                try:
                    await asyncio.to_thread(self.writer.append, [m for some, _ in batch for m in some])
                except LeadlineError as error:
                    self.failed = error
                    raise
                for _, future in batch:
                    future.set_result(None)
        await mine
        self.last = loop.time()


@dataclass(slots=True)
class Listener:
    """Listens for one source."""

    source: str
    stream: Stream
    secret: Secret | None
    writer: Writer
    told: Told
    keeper: Keeper = field(init=False)

    def __post_init__(self) -> None:
        """Prepare what keeps messages."""
        self.keeper = Keeper(self.writer)

    async def until(self, stop: asyncio.Event) -> None:
        """Listen until the event; whatever else ends it is tried again.

        Raises:
            LeadlineError: messages cannot be written down, or an extra is not installed.
        """
        tries = 0
        while not stop.is_set():
            before = self.writer.written
            try:
                await self._session(stop.is_set)
            except (LeadlineError, asyncio.CancelledError):
                raise
            except Exception as error:  # noqa: BLE001 each broker's client has errors of its own; all are tried again
                tries = 0 if self.writer.written > before else tries + 1
                wait = AGAIN[min(tries, len(AGAIN)) - 1] if tries else AGAIN[0]
                self.told(self.source, f"waiting {wait:.0f} s: {_said(error)}", self.writer.written)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), wait)

    async def drain(self) -> None:
        """Take what there is, until nothing came for a while.

        Raises:
            SourceError: the broker cannot be reached.
            LeadlineError: messages cannot be written down, or an extra is not installed.
        """
        loop = asyncio.get_running_loop()
        begun = self.keeper.last = loop.time()

        def enough() -> bool:
            now = loop.time()
            return (
                now - self.keeper.last >= self.stream.quiet_seconds or now - begun >= self.stream.most_seconds
            )

        try:
            await self._session(enough)
        except LeadlineError:
            raise
        except Exception as error:  # noqa: BLE001 as above; here it is told
            raise SourceError(
                f"The stream of {self.source!r} cannot be read: {_said(error)}", code="stream-unreachable",
                hint="Is the broker up, and are the address, the topic and the rights as declared?",
            ) from None  # fmt: skip

    async def _session(self, ended: Callable[[], bool]) -> None:
        """Be connected until something ends it; leave when all that came is written and acknowledged."""
        mine = Listening(self.source, self.stream, self.secret, self.keeper.keep)
        made = broker(mine)
        shown = -1
        try:
            async with asyncio.timeout(PATIENCE):
                await prepare(mine, made)
                await made.start()
            self.keeper.last = asyncio.get_running_loop().time()
            while not ended():
                await asyncio.sleep(LOOKS)
                if self.keeper.failed is not None:
                    raise self.keeper.failed
                if not all(subscriber.running for subscriber in made.subscribers):
                    raise ConnectionError("the broker has ended the subscription")
                if self.writer.written != shown:
                    shown = self.writer.written
                    self.told(self.source, "listening", shown)
        finally:
            await _stopped(made)


async def _stopped(made: Any) -> None:
    with suppress(Exception):  # what was not acknowledged comes again
        async with asyncio.timeout(PATIENCE):
            await made.stop()


def _said(error: BaseException) -> str:
    return redacted(str(error).strip().split("\n")[0] or type(error).__name__)


async def listen(listeners: Sequence[Listener], stop: asyncio.Event) -> None:
    """Listen for several sources at once until the event.

    Raises:
        LeadlineError: messages of one cannot be written down; all have stopped.
    """
    tasks = [asyncio.create_task(one.until(stop)) for one in listeners]
    try:
        await asyncio.gather(*tasks)
    finally:
        stop.set()
        await asyncio.gather(*tasks, return_exceptions=True)
