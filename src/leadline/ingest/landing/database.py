"""`database:` as a connector: everything in ranges of the key, then what changed; each run sees one moment.

A first run that is cut off goes on after the last range that landed. What changed meanwhile is read by the next run,
because it begins where the first attempt began.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Any

import pyarrow as pa

from leadline.catalog.definitions import Database, seconds
from leadline.errors import SourceError
from leadline.ingest.landing.asked import Asked
from leadline.ingest.landing.page import Heed, Json, Page
from leadline.store.databases.addresses import address, engine
from leadline.store.databases.ranges import in_order
from leadline.store.databases.rows import Bound, Rows
from leadline.store.databases.snapshot import Snapshot, snapshot

_RANGE = 200_000
"""About so many rows are a range."""

_OVERLAP = "10 minutes"
_OVERLAP_OF_NUMBERS = 1_000

Watermark = datetime | date | int | Decimal | str | None


@dataclass(slots=True)
class DatabaseTable:
    """Reads a table or a SELECT."""

    asked: Asked
    declared: Database
    _runs: int = field(init=False)

    def __post_init__(self) -> None:
        """Note how often it was read before."""
        self._runs = self.asked.landed.runs if self.asked.landed else 0

    @property
    def whole(self) -> bool:
        """Whether every run reads everything."""
        return self.declared.updated is None

    def pages(self, cursor: Json, heed: Heed) -> Iterator[Page]:
        """Give what is new since the cursor; see `Connector`."""
        with self.moment() as moment:
            rows = Rows.of(moment, self.declared.table, self.declared.query)
            rows.require(self.declared.key, "key")
            if self.declared.updated is None:
                for _, table in self._everything(moment, rows, None, heed):
                    yield Page(table)
                return
            rows.require([self.declared.updated], "updated")
            known = cursor if isinstance(cursor, dict) else {}
            again = "after" in known or ("at" in known and self._runs % self.declared.compare_every == 0)
            if "at" in known:
                yield from self._changes(moment, rows, _read(known["at"]), heed)
            else:
                yield from self._first(moment, rows, known, heed)
            (now,) = moment.one(rows.greatest(self.declared.updated))
            if self.declared.deletions and again:
                keys = list(moment.batches(rows.only(self.declared.key)))
                yield Page(
                    cursor=self._ended(known, now),
                    present=pa.concat_tables(keys, promote_options="permissive"),
                )
            else:
                yield Page(cursor=self._ended(known, now))

    @contextmanager
    def moment(self) -> Iterator[Snapshot]:
        """Open the database as it is now."""
        declared, asked = self.declared, self.asked
        secret = asked.secrets.get(declared.secret) if declared.secret else None
        made = engine(address(declared.url, secret, asked.root))
        try:
            with snapshot(made, share=declared.parallel > 1) as moment:
                yield moment
        finally:
            made.dispose()

    def _everything(
        self, moment: Snapshot, rows: Rows, after: Bound | None, heed: Heed
    ) -> Iterator[tuple[Bound | None, pa.Table]]:
        """Give all rows after a bound of the key, each batch with the bound up to which everything was given."""
        if not self.declared.key:
            for table in moment.batches(rows.all()):
                heed()
                yield None, table
            return
        key = self.declared.key[0]
        cuts = rows.cuts(moment, key, _RANGE, after)
        bounds: list[Bound | None] = [after, *cuts, None]
        queries = [rows.between(key, one, other) for one, other in pairwise(bounds)]
        if after is None and not cuts:
            queries = [rows.all()]
        else:
            queries.append(rows.without(key))
        read = moment.beside if moment.exported else moment.batches
        readers = [partial(read, query) for query in queries]
        with closing(in_order(readers, self.declared.parallel if moment.exported else 1, heed)) as batches:
            for nth, table in batches:
                yield bounds[nth], table

    def _first(self, moment: Snapshot, rows: Rows, known: dict[str, Json], heed: Heed) -> Iterator[Page]:
        """Read everything, or the rest of it. A cursor stands before the batch at which a new range begins."""
        begun = known.get("from", _written(moment.one(rows.greatest(self.declared.updated or ""))[0]))
        after = known.get("after")
        reached = after if isinstance(after, int | str) else None
        for bound, table in self._everything(moment, rows, reached, heed):
            if bound is not None and bound != reached:
                reached = bound
                known.update({"from": begun, "after": bound})
                yield Page(cursor={"from": begun, "after": bound})
            yield Page(table)
        known["from"] = begun

    def _changes(self, moment: Snapshot, rows: Rows, since: Watermark, heed: Heed) -> Iterator[Page]:
        """Read what changed, from a little before what was read last."""
        name = self.declared.updated or ""
        for table in moment.batches(rows.since(name, _before(since, self.declared.overlap, name))):
            heed()
            yield Page(table)

    def _ended(self, known: dict[str, Json], now: Watermark) -> Json:
        """Give where the next run begins: where this one did, for a first one that was cut off."""
        return {"at": known["from"] if "from" in known else _written(now)}


def of_database(asked: Asked) -> DatabaseTable:
    """Give what reads a source's database."""
    declared = asked.source.database
    if declared is None:
        raise SourceError(f"{asked.source.name!r} has no database.", code="not-fetched")
    return DatabaseTable(asked, declared)


def _written(value: Watermark) -> Json:
    """Give a watermark as JSON, so that it is read as what it was."""
    match value:
        case None:
            return None
        case bool():
            return int(value)
        case datetime():
            return {"instant" if value.tzinfo else "moment": value.isoformat()}
        case date():
            return {"date": value.isoformat()}
        case Decimal():
            return {"number": str(value)}
        case int() | str():
            return value
        case _:
            raise SourceError(
                f"`updated` is a column of {type(value).__name__}: it tells no order.", code="landing-order",
                hint="Name a column that always grows with a change: an instant, a number or a text in ISO form.",
            )  # fmt: skip


def _read(value: Json) -> Watermark:
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        makers: dict[str, Any] = {"date": date.fromisoformat, "number": Decimal}
        found: Watermark = makers.get(kind, datetime.fromisoformat)(str(text))
        return found
    return value if isinstance(value, int | str) else None


def _before(value: Watermark, overlap: str | int | None, column: str) -> Watermark:
    """Give from where to read again: changes that were committed late stand a little before the last one read."""
    if value is None:
        return None
    if isinstance(value, int | Decimal):
        if isinstance(overlap, str):
            raise SourceError(
                f"{column!r} is a number, and `overlap` a length of time.", code="landing-order",
                hint="Write how much of the number to read again: overlap: 1000.",
            )  # fmt: skip
        return value - (_OVERLAP_OF_NUMBERS if overlap is None else overlap)
    span = timedelta(seconds=overlap if isinstance(overlap, int) else seconds(overlap or _OVERLAP))
    if isinstance(value, datetime):
        return value - span
    if isinstance(value, date):
        return value - max(span, timedelta(days=1))
    try:
        earlier = datetime.fromisoformat(value) - span
    except ValueError:
        return value
    between = value[10] if len(value) > 10 else "T"
    return earlier.replace(tzinfo=None).isoformat(between, "seconds")
