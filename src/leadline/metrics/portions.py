"""Reads of one answer side by side: what one statement could bring, where it is wide, is brought by several at once.

What a wide statement costs is its planning, which an engine does on one core; what it reads is little.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache
from typing import TypeVar

WIDE = 100
"""A statement brings so many metrics; more are brought by several."""
T = TypeVar("T")


def portions(members: Sequence[T]) -> list[Sequence[T]]:
    """Part what is read together into equal portions, none of them wide."""
    count = -(-len(members) // WIDE)
    size = -(-len(members) // max(count, 1))
    return [members[at : at + size] for at in range(0, len(members), max(size, 1))]


def side_by_side(work: Sequence[Callable[[], T]]) -> list[T]:
    """Do all of it, as many at once as there are cores, and give what each gives, in order.

    What one raises is raised once none of the others is at work any more; what has not begun by then does not begin.
    """
    if len(work) < 2:
        return [one() for one in work]
    futures: list[Future[T]] = [_readers().submit(one) for one in work[1:]]
    try:
        return [work[0](), *(future.result() for future in futures)]
    except BaseException:
        for future in futures:
            future.cancel()
        wait(futures)
        raise


@cache
def _readers() -> ThreadPoolExecutor:
    """The threads that read; what they do never asks for another of them."""
    return ThreadPoolExecutor(max(1, (os.cpu_count() or 2) - 1), thread_name_prefix="leadline-read")


os.register_at_fork(after_in_child=_readers.cache_clear)  # threads do not come along
