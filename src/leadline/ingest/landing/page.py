"""The seam between whoever fetches records and whoever lands them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import pyarrow as pa

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

Heed = Callable[[], None]
"""Is asked between pages and waits, and raises what is to end the fetching."""

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Page:
    """Some records, in the order in which they came.

    records: JSON-like records, nested or flat (see flatten.py), which land as texts; or an Arrow table, which lands
        with its types.
    cursor: where a run goes on that begins after this page; None where none may begin (between two pages that belong
        together). It must be JSON and must hold no secret.
    gone: records that are to be taken away, of which only the key counts.
    present: keys (columns named as the key's) of all records that there are: what has another key is taken away.
    """

    records: Sequence[Mapping[str, object]] | pa.Table = ()
    cursor: Json = None
    gone: Sequence[Mapping[str, object]] | pa.Table = ()
    present: pa.Table | None = None


class Connector(Protocol):
    """Fetches the records of one source. Secrets were given to it; it never puts one in a cursor or a message."""

    @property
    def whole(self) -> bool:
        """Whether every run reads everything, so that a record that is not met is gone."""
        ...

    def pages(self, cursor: Json, heed: Heed) -> Iterator[Page]:
        """Give what is new since the cursor (None: everything), and end. Fetching again what was landed is harmless.

        Raises:
            LeadlineError: the source cannot be read; what was landed before stays.
        """
        ...
