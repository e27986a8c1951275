"""What is not a page: a file that a reader asked for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Download:
    """A file with its name (empty: to be read, not kept) and media type."""

    name: str
    media_type: str
    content: bytes
