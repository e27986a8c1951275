"""Batches as lines of a table: the file, its rows, what it covers, when it was read, and whether it counts."""

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.contexts.figure import BatchLine
from leadline.app.web.contexts.pieces import Link, Mark
from leadline.app.web.numbers import whole
from leadline.app.web.texts import say
from leadline.app.web.wording import marks
from leadline.metrics.explain import BatchShare
from leadline.store.entries import Batch

HASH = 8


def line(batch: Batch, zone: str, *, used: str = "", mark: Mark | None = None, note: str = "") -> BatchLine:
    """Give a batch as a line."""
    replay = say("files.replay") if batch.replays else ""
    released = (
        say("files.released", count=batch.released, rows=whole(batch.released)) if batch.released else ""
    )
    return BatchLine(
        source=Link(batch.source, to.source(batch.source)),
        file=batch.file,
        accepted=whole(batch.rows_accepted),
        held=whole(batch.rows_quarantined),
        rows=whole(batch.rows_in),
        span=dates.span(batch.at_min, batch.at_max, zone) if batch.at_min and batch.at_max else "–",
        loaded=dates.instant(batch.recorded_at, zone),
        hash=batch.file_hash[:HASH],
        used=used,
        mark=mark,
        note=" ".join(filter(None, (note, replay, released))),
    )


def share_line(share: BatchShare, zone: str) -> BatchLine:
    """Give a batch that a figure read, with how many of its rows are in the figure."""
    return line(share.batch, zone, used=whole(share.rows))


def state(batch: Batch) -> tuple[Mark | None, str]:
    """Give the mark and the note of a batch that does not count as it is; nothing for one that does."""
    if batch.state == "refused":
        return marks.named("refused", "files.refused", "bad"), batch.reason
    if batch.superseded_by:
        return marks.named("superseded", "files.superseded", "quiet"), ""
    return None, ""
