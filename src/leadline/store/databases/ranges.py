"""Ranges read side by side and given in their order: so what came so far is always everything before some key."""

import queue
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import TypeAlias

import pyarrow as pa

Reader: TypeAlias = Callable[[], Generator[pa.Table, None, None]]

_AHEAD = 3
"""Batches of a range that wait while earlier ranges are given."""


def in_order(
    readers: Sequence[Reader], at_once: int, heed: Callable[[], None]
) -> Generator[tuple[int, pa.Table], None, None]:
    """Give the batches of all readers, each with its reader's number; at most so many read at once.

    Raises:
        BaseException: what a reader raised, when those before it have given everything.
    """
    if at_once == 1 or len(readers) == 1:
        for nth, reader in enumerate(readers):
            for table in reader():
                heed()
                yield nth, table
        return
    lanes = [_Lane(reader) for reader in readers]
    ended = threading.Event()
    with ThreadPoolExecutor(at_once, thread_name_prefix="leadline-fetch") as pool:
        try:
            for lane in lanes:
                pool.submit(lane.fill, ended)
            for nth, lane in enumerate(lanes):
                for table in lane.take(heed):
                    yield nth, table
        finally:
            ended.set()
            pool.shutdown(wait=False, cancel_futures=True)


@dataclass(slots=True)
class _Lane:
    """What one reader has read and nobody has taken yet; None is its end."""

    reader: Reader
    waiting: "queue.Queue[pa.Table | BaseException | None]" = field(
        default_factory=lambda: queue.Queue(_AHEAD)
    )

    def fill(self, ended: threading.Event) -> None:
        """Read to the end, or until all is ended."""
        try:
            with closing(self.reader()) as batches:
                for table in batches:
                    if not self._put(table, ended):
                        return
            self._put(None, ended)
        except BaseException as error:  # noqa: BLE001 it is raised where the batches are taken
            self._put(error, ended)

    def take(self, heed: Callable[[], None]) -> Iterator[pa.Table]:
        """Give what was read."""
        while True:
            heed()
            with suppress(queue.Empty):
                item = self.waiting.get(timeout=0.2)
                if item is None:
                    return
                if isinstance(item, BaseException):
                    raise item
                yield item

    def _put(self, item: "pa.Table | BaseException | None", ended: threading.Event) -> bool:
        while not ended.is_set():
            with suppress(queue.Full):
                self.waiting.put(item, timeout=0.2)
                return True
        return False
