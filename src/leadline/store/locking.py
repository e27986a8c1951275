"""Advisory file locks of the operating system: released by the kernel however the holder ends.

A lock belongs to the open file, so the returned file must be kept until the lock is to be released.
"""

import fcntl
from pathlib import Path
from typing import IO


def locked(path: Path) -> IO[str]:
    """Open a file (made when missing) and lock it.

    Raises:
        BlockingIOError: another open file holds the lock.
    """
    file = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        file.close()
        raise
    return file
